/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the monitor knows of its container, written down for everybody else.
 */
#include "engine/monitor/monitor.h"

#include "base/error.h"
#include "base/log.h"
#include "engine/container_json.h"

#include <unistd.h>

/* The state's strings live in the monitor's own buffers: a container that is probed for a year must
 * not grow its monitor. */
void monitor_save(struct monitor *monitor, bool also_root)
{
	struct container_probe probes[HEALTH_PROBES_KEPT];
	struct container_state *state = &monitor->container.state;
	struct error err;

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
	if (container_state_save(monitor->engine, monitor->container.id, state, also_root, &err) <
	    0)
		log_warning("%s", err.text);
	state->probes = NULL;
	state->probe_count = 0;
}
