/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/adopt.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "engine/container_json.h"
#include "engine/launch.h"
#include "engine/lookup.h"
#include "engine/start.h"

#include <stdio.h>
#include <string.h>

/* A start that was killed half-way: its process, if any, and its network go. */
static void undo_start(struct engine *engine, const struct container *container)
{
	struct container_state state = container->state;

	start_undo(engine, container, false);
	state.pid = 0;
	state.endpoint_count = state.port_count = 0;
	state_json_save(engine, container->id, &state, true, NULL);
}

void adopt_if_abandoned(struct engine *engine, const char *id)
{
	auto_arena struct arena arena = {0};
	struct container container;
	struct container_state state;
	struct error err;
	auto_close int lock_fd = -1;

	state_json_load(engine, id, &state, &arena);
	if (state.status == CONTAINER_EXITED || (state.status == CONTAINER_CREATED && !state.pid))
		return;
	lock_fd = container_monitor_lock(engine, id, NULL);
	if (lock_fd < 0 || container_load(engine, id, &container, &arena, NULL) < 0)
		return;
	/* Read again under the lock: it may have ended in between. */
	if (container.state.status == CONTAINER_CREATED && container.state.pid)
		undo_start(engine, &container);
	if (!container_is_live(&container))
		return;
	log_debug("container %s has lost its monitor: starting a new one", container.name);
	if (launch_adoption(engine, id, container.name, lock_fd, &err) < 0)
		log_warning("container %s runs without a monitor: %s", container.name, err.text);
}

void adopt_sweep(struct engine *engine, const char *id)
{
	auto_close int lock = container_lock(engine, id, false, NULL);
	char path[100];

	snprintf(path, sizeof(path), "%.64s/container.json", id);
	if (lock < 0 || faccessat(engine->layout.containers_fd, path, F_OK, 0) == 0)
		return;
	container_remove(engine, id, 0, NULL);
}
