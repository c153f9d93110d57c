/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the monitor knows of its container, written down for everybody else, and read again when
 * somebody else has changed it.
 */
#include "engine/monitor/monitor.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/units.h"
#include "engine/container_cgroup.h"
#include "engine/container_json.h"
#include "engine/container_store.h"
#include "engine/start.h"
#include "runtime/cgroup.h"

#include <unistd.h>

/* The state's strings live in the monitor's own buffers: a container that is probed for a year must
 * not grow its monitor. */
int monitor_save(struct monitor *monitor, bool also_root, struct error *err)
{
	struct container_probe probes[HEALTH_PROBES_KEPT];
	struct container_state *state = &monitor->container.state;
	struct error reason = {0};
	int result;

	for (size_t i = 0; i < monitor->health.record_count; i++) {
		const struct health_record *record = &monitor->health.records[i];

		probes[i] = (struct container_probe){
			.start = record->start,
			.end = record->end,
			.output = {record->output, record->output_length},
			.exit_code = record->exit_code,
		};
	}
	state->probes = probes;
	state->probe_count = monitor->health.record_count;
	state->monitor_pid = getpid();
	if (monitor->started_at[0])
		state->started_at = monitor->started_at;
	if (monitor->finished_at[0])
		state->finished_at = monitor->finished_at;
	result = container_state_save(monitor->engine, monitor->container.id, state, also_root,
				      &reason);
	state->probes = NULL;
	state->probe_count = 0;
	if (result == 0)
		monitor->debts &= ~(unsigned)MONITOR_OWES_STATE;
	else
		monitor_owe(monitor, MONITOR_OWES_STATE, &reason);
	return result < 0 ? error_pass(err, &reason) : 0;
}

/* A restart may have made the cgroup meanwhile, with what it had read before. */
static void renew_limits(const struct monitor *monitor)
{
	auto_arena struct arena arena = {0};
	struct error err = {0};

	if (monitor->pidfd >= 0 && cgroup_update(container_cgroup_path(&monitor->container, &arena),
						 &monitor->container.config.resources, &err) < 0)
		log_warning("%s", err.text);
}

void monitor_renew_names(struct monitor *monitor)
{
	struct container_state *state = &monitor->container.state;
	struct attach_request request = start_attach_request(&monitor->container);
	struct error err = {0};

	for (size_t i = 0; i < state->endpoint_count; i++)
		if (network_rename(&monitor->engine->net, &request, &state->endpoints[i],
				   &monitor->arena, &err) < 0)
			log_warning("%s", err.text);
}

int monitor_reload(struct monitor *monitor, struct error *err)
{
	struct arena arena = {0};
	struct container container;
	int result;

	if (container_json_load(monitor->engine, monitor->container.id, &container, &arena, err) <
	    0) {
		arena_release(&arena);
		return -1;
	}
	/* What is on disk of it may be older: writing it fails when that is full. */
	container_state_copy(&container.state, &monitor->container.state, &arena);
	container_sign_state(&container, &arena);
	arena_release(&monitor->arena);
	monitor->arena = arena;
	monitor->container = container;
	renew_limits(monitor);
	result = monitor_network_serve(monitor, err);
	monitor_renew_names(monitor);
	monitor_save(monitor, false, NULL);
	return result;
}
