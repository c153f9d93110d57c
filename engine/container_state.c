/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.json: what a container does, in RUN while it lives and in ROOT for after a reboot.
 */
#include "engine/container_json.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "base/process.h"
#include "base/units.h"
#include "engine/container_json_private.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct field probe_fields[] = {
	FIELD_FORM_NEEDED(struct container_probe, FIELD_STRING, start, "start", units_is_time),
	FIELD_FORM_NEEDED(struct container_probe, FIELD_STRING, end, "end", units_is_time),
	FIELD(struct container_probe, FIELD_BYTES, output, "output"),
	FIELD_RANGE(struct container_probe, FIELD_INT, exit_code, "exit_code", -1, 255),
	{0},
};

static const struct field endpoint_fields[] = {
	FIELD_NEEDED(struct endpoint, FIELD_STRING, network, "network"),
	FIELD_FORM_NEEDED(struct endpoint, FIELD_STRING, network_id, "network_id", container_is_id),
	FIELD_FORM(struct endpoint, FIELD_STRING, interface_name, "interface_name",
		   container_json_is_interface),
	FIELD_FORM(struct endpoint, FIELD_STRING, mac, "mac", container_json_is_mac),
	FIELD_FORM(struct endpoint, FIELD_STRING, ipv4, "ipv4", container_json_is_address),
	FIELD_FORM(struct endpoint, FIELD_STRING, gateway4, "gateway4", container_json_is_address),
	FIELD_RANGE(struct endpoint, FIELD_INT, prefix4, "prefix4", 0, 32),
	FIELD_FORM(struct endpoint, FIELD_STRING, ipv6, "ipv6", container_json_is_address),
	FIELD_FORM(struct endpoint, FIELD_STRING, gateway6, "gateway6", container_json_is_address),
	FIELD_RANGE(struct endpoint, FIELD_INT, prefix6, "prefix6", 0, 128),
	FIELD(struct endpoint, FIELD_BOOL, internal, "internal"),
	FIELD(struct endpoint, FIELD_BOOL, is_direct, "is_direct"),
	FIELD(struct endpoint, FIELD_BOOL, is_gateway4, "is_gateway4"),
	FIELD(struct endpoint, FIELD_BOOL, is_gateway6, "is_gateway6"),
	FIELD(struct endpoint, FIELD_STRINGS, names, "names"),
	{0},
};

static const struct field binding_fields[] = {
	FIELD_FORM_NEEDED(struct port_binding, FIELD_STRING, protocol, "protocol",
			  container_json_is_protocol),
	FIELD_FORM_NEEDED(struct port_binding, FIELD_STRING, host_ip, "host_ip",
			  container_json_is_address),
	FIELD(struct port_binding, FIELD_U16, host_port, "host_port"),
	FIELD(struct port_binding, FIELD_U16, container_port, "container_port"),
	{0},
};

#define STATE(kind, member) FIELD(struct container_state, kind, member, #member)
#define STATE_RANGE(kind, member, least, most)                                                     \
	FIELD_RANGE(struct container_state, kind, member, #member, least, most)
#define STATE_FORM(member, form)                                                                   \
	FIELD_FORM(struct container_state, FIELD_STRING, member, #member, form)

static const struct field state_fields[] = {
	STATE_FORM(id, container_is_id),
	FIELD_ENUM(struct container_state, status, "status", container_statuses),
	STATE_RANGE(FIELD_INT, pid, 0, INT_MAX),
	STATE_RANGE(FIELD_INT64, start_time, 0, INT64_MAX),
	STATE_RANGE(FIELD_INT, monitor_pid, 0, INT_MAX),
	STATE_RANGE(FIELD_INT, exit_code, 0, 255),
	STATE(FIELD_BOOL, oom_killed),
	STATE(FIELD_BOOL, stopped_by_user),
	STATE(FIELD_BOOL, is_stopping),
	STATE(FIELD_STRING, error),
	STATE(FIELD_BOOL, root_is_old),
	STATE_FORM(started_at, units_is_time),
	STATE_FORM(finished_at, units_is_time),
	STATE_RANGE(FIELD_INT, restart_count, 0, INT_MAX),
	FIELD_ENUM(struct container_state, health, "health", container_healths),
	STATE_RANGE(FIELD_INT, failing_streak, 0, INT_MAX),
	FIELD_LIST(struct container_state, probes, probe_count, "probes", probe_fields),
	FIELD_LIST(struct container_state, endpoints, endpoint_count, "endpoints", endpoint_fields),
	FIELD_LIST(struct container_state, ports, port_count, "ports", binding_fields),
	FIELD_FORM_NEEDED(struct container_state, FIELD_STRING, name, "name", path_is_name),
	FIELD_LIST(struct container_state, labels, label_count, "labels",
		   container_json_pair_fields),
	{0},
};

int container_state_save(struct engine *engine, const char *id, struct container_state *state,
			 bool also_root, struct error *err)
{
	struct container_state named = *state;
	bool is_tried = also_root || state->root_is_old;
	char path[100];

	named.id = id;
	named.root_is_old = false;
	snprintf(path, sizeof(path), "%.64s/state.json", id);
	/* A full disk must not hide from this boot's commands what is so, nor the other way round.
	 */
	if (is_tried && container_json_save_record(engine->layout.containers_fd, path, state_fields,
						   &named, err) < 0)
		named.root_is_old = true;
	state->root_is_old = named.root_is_old;
	if (container_json_save_record(engine->layout.run_containers_fd, path, state_fields, &named,
				       err) == 0)
		return named.root_is_old;
	/* Of one that has ended, what is in ROOT says as much. */
	if (is_tried && !named.root_is_old && state->status == CONTAINER_EXITED &&
	    (unlinkat(engine->layout.run_containers_fd, path, 0) == 0 || errno == ENOENT))
		return 0;
	return -1;
}

/* Nobody else's (earlier versions did not say whose it is), and what runs has a first process. */
static bool is_sound(const struct container_state *state, const char *id)
{
	if (state->id && strcmp(state->id, id) != 0)
		return false;
	return (state->status != CONTAINER_RUNNING && state->status != CONTAINER_PAUSED) ||
	       (state->pid > 0 && state->start_time > 0);
}

/* 1: it is there. 0: nothing is that could be understood. -1: nobody knows. */
static int load_state(int dirfd, const char *id, struct container_state *state, struct arena *arena,
		      struct error *err)
{
	struct error reason = {0};
	char path[100];

	snprintf(path, sizeof(path), "%.64s/state.json", id);
	if (record_load(state_fields, state, dirfd, path, arena, &reason) == 0 &&
	    is_sound(state, id))
		return 1;
	if (error_is_shortage(reason.code) || reason.code == EIO)
		return error_pass(err, &reason);
	*state = (struct container_state){0};
	return 0;
}

int container_state_load(struct engine *engine, const char *id, struct container_state *state,
			 struct arena *arena, struct error *err)
{
	struct process_id process;
	struct error reason = {0};
	int result;

	*state = (struct container_state){0};
	result = load_state(engine->layout.run_containers_fd, id, state, arena, err);
	if (result != 0)
		return result;
	result = load_state(engine->layout.containers_fd, id, state, arena, &reason);
	/* A disk gives back no more than it can; what runs has its state in RUN. */
	if (result < 0 && reason.code != EIO)
		return error_pass(err, &reason);
	if (result <= 0)
		return 0;
	if (state->status == CONTAINER_EXITED || state->status == CONTAINER_CREATED)
		return 0;
	process = (struct process_id){state->pid, state->start_time};
	if (state->pid > 0 && process_is_alive(&process)) /* only the file has gone */
		return 0;
	state->status = CONTAINER_EXITED;
	state->exit_code = 255;
	state->error = "it was running when the host went down";
	state->pid = 0;
	state->health = HEALTH_NONE;
	state->endpoint_count = state->port_count = 0;
	return 0;
}

void container_state_copy(struct container_state *to, const struct container_state *from,
			  struct arena *arena)
{
	auto_json json *object = record_to_json(state_fields, from);

	*to = (struct container_state){0};
	record_from_json(state_fields, to, object, arena, NULL);
}
