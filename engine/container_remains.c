/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order makes every line a safe place to be killed at: kernel objects first, then
 * container.json (from here on the rest is litter, which the next command takes away), then names,
 * volumes, secrets and directories.
 */
#include "engine/container_remains.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "engine/container_cgroup.h"
#include "engine/container_event.h"
#include "engine/container_json.h"
#include "engine/container_names.h"
#include "engine/container_store.h"
#include "engine/volume_use.h"
#include "runtime/cgroup.h"
#include "storage/secret/secret.h"
#include "storage/volume/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define NOTE "volumes.new"

void container_removal_release(struct container_removal *removal)
{
	strvec_release(&removal->names);
	strvec_release(&removal->holders);
	map_release(&removal->used);
}

static void find_used(struct container_removal *removal)
{
	auto_strvec struct strvec ids = {0};
	auto_map struct map going = {0};

	removal->knows_used = true;
	strvec_each (id, removal->ids)
		map_set(&going, *id, removal);
	container_ids_list(removal->engine, &ids, NULL);
	strvec_each (id, &ids)
		if (!map_has(&going, *id) &&
		    volume_use_add(removal->engine, *id, &removal->used, NULL) < 0)
			removal->is_unsure = true;
}

/* Anonymous, and not shared with a container that stays (volumes_from, a recreation). */
static void drop_volume(struct container_removal *removal, const char *name)
{
	const struct layout *layout = &removal->engine->layout;
	auto_arena struct arena arena = {0};
	struct error reason = {0};
	struct volume volume;

	if (volume_load(layout, name, &volume, &arena, &reason) < 0) {
		if (reason.code == ERROR_NOT_FOUND) /* its creation was killed as well */
			volume_remove(layout, name, NULL);
		return;
	}
	if (!volume.is_anonymous)
		return;
	if (!removal->knows_used)
		find_used(removal);
	if (!removal->is_unsure && !map_has(&removal->used, name))
		volume_remove(layout, name, NULL);
}

int container_note_volume(struct engine *engine, const char *id, const char *volume,
			  struct error *err)
{
	char path[100], line[80];
	auto_close int fd = -1;

	snprintf(path, sizeof(path), "%.64s/" NOTE, id);
	snprintf(line, sizeof(line), "%.64s\n", volume);
	fd = file_open(engine->layout.containers_fd, path, O_WRONLY | O_CREAT | O_APPEND, err);
	if (fd < 0)
		return -1;
	if (file_write_all(fd, line, strlen(line), NULL) < 0)
		return error_errno(err, "cannot write '%s'", path);
	return 0;
}

/* Those that a create had made that never came to its end. */
static void drop_noted_volumes(struct container_removal *removal, const char *id)
{
	auto_strbuf struct strbuf text = {0};
	char path[100], *rest, *line;

	snprintf(path, sizeof(path), "%.64s/" NOTE, id);
	if (file_read(removal->engine->layout.containers_fd, path, 1 << 20, &text, NULL) < 0)
		return;
	for (rest = text.text; (line = strsep(&rest, "\n"));)
		if (strlen(line) == 64)
			drop_volume(removal, line);
}

/* Which volumes go with a container that was finished: none of its own, unless asked for. */
static int note_volumes(struct container_removal *removal, const struct container *container,
			struct error *err)
{
	struct engine *engine = removal->engine;
	char path[100];

	snprintf(path, sizeof(path), "%.64s/" NOTE, container->id);
	unlinkat(engine->layout.containers_fd, path, 0);
	if (!(removal->flags & CONTAINER_REMOVE_VOLUMES))
		return 0;
	for (size_t i = 0; i < container->mount_count; i++) {
		const struct container_mount *mount = &container->mounts[i];

		if (container_mount_is_anonymous(mount) &&
		    container_note_volume(engine, container->id, mount->source, err) < 0)
			return -1;
	}
	return 0;
}

static void drop_names(const struct container_removal *removal, const char *id)
{
	for (size_t i = 0; i < removal->names.count; i++)
		if (strcmp(removal->holders.items[i], id) == 0)
			container_name_drop(removal->engine, removal->names.items[i], id);
}

bool container_is_guarded(struct engine *engine, const char *id)
{
	for (int attempt = 0; container_has_monitor(engine, id); attempt++) {
		auto_arena struct arena arena = {0};
		struct container_state state;

		container_state_load(engine, id, &state, &arena, NULL);
		if ((state.status != CONTAINER_EXITED && state.status != CONTAINER_CREATED) ||
		    attempt == 100)
			return true;
		poll(NULL, 0, 10);
	}
	return false;
}

int container_remains_refuse(struct engine *engine, const char *id, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct container container = {.name = id};
	bool is_paused = container_load(engine, id, &container, &arena, NULL) == 0 &&
			 container.state.status == CONTAINER_PAUSED;

	error_set(err, ERROR_CONFLICT,
		  "container %s is running: stop it first, or force its removal", container.name);
	return error_state(err, is_paused ? FACT_STILL_PAUSED : FACT_STILL_RUNNING, container.name,
			   NULL);
}

/* Of one whose description is damaged, and with it perhaps the place of its cgroup: what its state
 * says that runs must have ended before anybody hears that it is removed. */
static int end_first_process(struct engine *engine, const char *id, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct container_state state;
	struct process_id process;
	auto_close int pidfd = -1;

	if (container_state_load(engine, id, &state, &arena, err) < 0)
		return -1;
	process = (struct process_id){state.pid, state.start_time};
	pidfd = state.pid > 0 ? process_open(&process, NULL) : -1;
	if (pidfd < 0)
		return 0;
	if (process_signal(pidfd, SIGKILL, err) < 0 || process_wait_exit(pidfd, 10000, err) < 0)
		return error_wrap(err, "cannot end container %.12s", id);
	return 0;
}

/* The caller holds its lock. A container that was never finished is known by its id alone, and so
 * may be one that is damaged. */
static int remove_locked(struct container_removal *removal, const char *id, struct error *err)
{
	struct engine *engine = removal->engine;
	auto_arena struct arena arena = {0};
	struct container container = {0};
	char path[100];
	struct error reason = {0};
	bool is_whole = container_load(engine, id, &container, &arena, &reason) == 0;
	bool is_known = is_whole || container_json_identify(engine, id, &container, &arena);

	if (error_is_shortage(reason.code))
		return error_pass(err, &reason);
	if ((is_whole || container_exists(engine, id)) && container_is_guarded(engine, id))
		return container_remains_refuse(engine, id, err);
	container.id = id;
	if ((!is_whole && end_first_process(engine, id, err) < 0) ||
	    cgroup_destroy(container_cgroup_path(&container, &arena), err) < 0)
		return -1;
	snprintf(path, sizeof(path), "%.64s/container.json", id);
	if (faccessat(engine->layout.containers_fd, path, F_OK, 0) == 0 &&
	    note_volumes(removal, &container, err) < 0)
		return -1;
	if (file_remove_tree(engine->layout.containers_fd, path, err) < 0)
		return error_wrap(err, "cannot remove container %.12s", id);
	if (is_known) /* it may have got this one since the names were listed */
		container_name_drop(engine, container.name, id);
	drop_names(removal, id);
	drop_noted_volumes(removal, id);
	if (secret_remove(&engine->layout, id, err) < 0)
		return -1;
	if (file_remove_tree(engine->layout.containers_fd, id, err) < 0 ||
	    file_remove_tree(engine->layout.run_containers_fd, id, err) < 0)
		return -1;
	if (is_whole)
		container_event(&container, "destroy", NULL, 0);
	return 0;
}

int container_remains_remove(struct container_removal *removal, const char *id, struct error *err)
{
	auto_close int lock = container_lock(removal->engine, id, true, err);

	return lock < 0 ? -1 : remove_locked(removal, id, err);
}

int container_remove_ended(struct engine *engine, const char *id, struct error *err)
{
	auto_strvec struct strvec ids = {0};
	struct container_removal removal __attribute__((cleanup(container_removal_release))) = {
		.engine = engine, .flags = CONTAINER_REMOVE_VOLUMES, .ids = &ids};

	strvec_add(&ids, id);
	if (container_names_list(engine, &removal.names, &removal.holders, err) < 0)
		return -1;
	return container_remains_remove(&removal, id, err);
}

void container_remove_litter(struct engine *engine, const char *id)
{
	auto_strvec struct strvec ids = {0};
	struct container_removal removal = {.engine = engine, .ids = &ids};
	auto_close int lock = container_lock(engine, id, false, NULL);
	struct stat status;
	char path[100];

	snprintf(path, sizeof(path), "%.64s/container.json", id);
	if (lock < 0 ||
	    (fstatat(engine->layout.containers_fd, path, &status, 0) == 0 && status.st_size > 0))
		return;
	strvec_add(&ids, id);
	network_detach(&engine->net, (char *[]){(char *)id}, 1, NULL);
	container_names_list(engine, &removal.names, &removal.holders, NULL);
	remove_locked(&removal, id, NULL);
	container_removal_release(&removal);
}
