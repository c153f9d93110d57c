/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/adopt.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "engine/container_json.h"
#include "engine/control.h"
#include "engine/keeper.h"
#include "engine/launch.h"
#include "engine/lookup.h"
#include "engine/start.h"

#include <sys/socket.h>
#include <sys/time.h>

/* A start that was killed half-way: its process, if any, and its network go. */
static void undo_start(struct engine *engine, const struct container *container)
{
	struct container_state state = container->state;

	start_undo(engine, container, false);
	state.pid = 0;
	state.endpoint_count = state.port_count = 0;
	state_json_save(engine, container->id, &state, true, NULL);
}

/* Its monitor, if there is one, writes both descriptions of the container again. */
static bool ask_monitor_to_save(struct engine *engine, const char *id)
{
	auto_free struct control_message *message = NULL;
	struct timeval limit = {.tv_sec = 5};
	struct container_dirs dirs;
	auto_close int fd = -1;

	if (!container_has_monitor(engine, id) || container_dirs_open(engine, id, &dirs, NULL) < 0)
		return false;
	fd = control_connect(dirs.run_fd, NULL);
	container_dirs_close(&dirs);
	if (fd < 0)
		return false;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	message = alloc_zeroed(1, sizeof(*message));
	message->op = CONTROL_SAVE;
	return control_send(fd, message, NULL, 0, NULL) == 0 &&
	       control_receive(fd, message, NULL) >= 0 && message->op == CONTROL_DONE &&
	       !message->value;
}

bool adopt_repair(struct engine *engine, const char *id)
{
	return ask_monitor_to_save(engine, id);
}

void adopt_if_abandoned(struct engine *engine, const char *id)
{
	auto_arena struct arena arena = {0};
	struct container container;
	struct container_state state;
	struct error err;
	auto_close int lock_fd = -1;

	if (!state_json_load(engine, id, &state, &arena) && ask_monitor_to_save(engine, id))
		return;
	if (state.status == CONTAINER_EXITED || (state.status == CONTAINER_CREATED && !state.pid))
		return;
	if (container_has_monitor(engine, id) || keeper_await_monitor(engine, id))
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
