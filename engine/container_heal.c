/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finishes what a killed command or monitor left behind. Each process may be killed at each line,
 * so whoever looks at containers first does this.
 */
#include "engine/container.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/strvec.h"
#include "engine/container_json.h"
#include "engine/container_memo.h"
#include "engine/container_names.h"
#include "engine/container_remains.h"
#include "engine/container_store.h"
#include "engine/control.h"
#include "engine/keeper.h"
#include "engine/launch.h"
#include "engine/sandbox.h"
#include "engine/start.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

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

/* A container that should have a monitor gets one. */
static void adopt(struct engine *engine, const char *id)
{
	auto_arena struct arena arena = {0};
	struct container container;
	struct error err;
	auto_close int lock_fd = -1;

	if (container_has_monitor(engine, id) || keeper_await_monitor(engine, id))
		return;
	lock_fd = container_monitor_lock(engine, id, NULL);
	/* Read again under the lock: it may have ended in between. */
	if (lock_fd < 0 || container_load(engine, id, &container, &arena, NULL) < 0)
		return;
	start_undo_killed(engine, &container);
	if (!container_is_live(&container))
		return;
	log_debug("container %s has lost its monitor: starting a new one", container.name);
	if (launch_adoption(engine, id, container.name, lock_fd, &err) < 0)
		log_warning("container %s runs without a monitor: %s", container.name, err.text);
}

/* What a monitor that has ended could not write into ROOT. */
static void repeat_save(struct engine *engine, const char *id)
{
	auto_arena struct arena arena = {0};
	struct container container;
	auto_close int lock_fd = container_monitor_lock(engine, id, NULL);

	if (lock_fd >= 0 && container_load(engine, id, &container, &arena, NULL) == 0 &&
	    container.state.root_is_old)
		container_state_save(engine, id, &container.state, true, NULL);
}

/* Returns true when @container is all that is on disk, from this boot. */
static bool heal(struct engine *engine, const char *id, struct container *container,
		 struct arena *arena)
{
	struct container_state state;
	int found = container_state_load(engine, id, &state, arena, NULL);
	bool has_state = found > 0;
	bool is_whole = container_json_load(engine, id, container, arena, NULL) == 0;

	if ((!has_state || !is_whole) && ask_monitor_to_save(engine, id))
		return false;
	if (found < 0)
		return false;
	if (!is_whole)
		container_remove_litter(engine, id);
	if (state.root_is_old)
		repeat_save(engine, id);
	if (state.status != CONTAINER_EXITED && (state.status != CONTAINER_CREATED || state.pid))
		adopt(engine, id);
	container->state = state;
	return has_state && is_whole;
}

void container_heal(struct engine *engine, const char *id)
{
	auto_arena struct arena arena = {0};
	struct container container;

	heal(engine, id, &container, &arena);
}

/* Of a removal that was killed near its end; locking takes what has no owner away. */
static void sweep_run(struct engine *engine)
{
	auto_strvec struct strvec ids = {0};

	container_run_ids_list(engine, &ids, NULL);
	strvec_each (id, &ids) {
		auto_close int lock = -1;

		if (faccessat(engine->layout.containers_fd, *id, F_OK, 0) < 0)
			lock = container_lock(engine, *id, false, NULL);
	}
}

void container_heal_all(struct engine *engine)
{
	auto_strvec struct strvec ids = {0};

	container_ids_list(engine, &ids, NULL);
	sweep_run(engine);
	sandbox_heal(engine);
	strvec_each (id, &ids) {
		struct arena *arena = container_memo_arena(engine);
		struct container_stamp stamp;
		struct container container;

		container_memo_stamp(engine, *id, &stamp);
		if (!heal(engine, *id, &container, arena))
			continue;
		container_sign_state(&container, arena);
		container_memo_keep(engine, &stamp, &container);
	}
}

int container_find_healed(struct engine *engine, const char *name, struct container *container,
			  struct arena *arena, struct error *err)
{
	char id[CONTAINER_ID_LENGTH + 1];

	if (container_name_resolve(engine, name, id, err) < 0)
		return -1;
	container_heal(engine, id);
	return container_find(engine, name, container, arena, err);
}
