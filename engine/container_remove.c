/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removes containers. The order makes every line a safe place to be killed at: kernel objects and
 * secrets first, then container.json (from here on the rest is litter), then names and directories.
 */
#include "engine/container.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strvec.h"
#include "engine/adopt.h"
#include "engine/container_json.h"
#include "engine/lookup.h"
#include "engine/start.h"
#include "runtime/cgroup.h"
#include "storage/secret.h"
#include "storage/volume.h"

#include <stdio.h>
#include <string.h>

void container_drop_volumes(struct engine *engine, const struct container *container)
{
	for (size_t i = 0; i < container->mount_count; i++) {
		auto_arena struct arena arena = {0};
		const struct container_mount *mount = &container->mounts[i];
		struct volume volume;

		if (mount->type == CONTAINER_MOUNT_VOLUME && mount->source &&
		    volume_load(&engine->layout, mount->source, &volume, &arena, NULL) == 0 &&
		    volume.is_anonymous)
			volume_remove(&engine->layout, mount->source, NULL);
	}
}

/* A container that was never finished is known by its id alone. */
static int remove_one(struct engine *engine, const char *id, unsigned flags, struct error *err)
{
	auto_arena struct arena arena = {0};
	auto_close int lock = container_lock(engine, id, true, err);
	struct container container = {.id = id};
	char path[100];
	bool is_whole;

	if (lock < 0)
		return -1;
	is_whole = container_load(engine, id, &container, &arena, NULL) == 0;
	if (is_whole && container_has_monitor(engine, id))
		return error_set(err, ERROR_CONFLICT,
				 "container %s is running: stop it first, or force its removal",
				 container.name);
	container.id = id;
	cgroup_destroy(start_cgroup_path(&container, &arena), NULL);
	if (secret_remove(&engine->layout, id, err) < 0)
		return -1;
	if (flags & CONTAINER_REMOVE_VOLUMES)
		container_drop_volumes(engine, &container);
	snprintf(path, sizeof(path), "%.64s/container.json", id);
	unlinkat(engine->layout.containers_fd, path, 0);
	if (is_whole)
		container_name_drop(engine, container.name, id);
	if (file_remove_tree(engine->layout.containers_fd, id, err) < 0)
		return -1;
	return file_remove_tree(engine->layout.run_containers_fd, id, err);
}

static bool exists(struct engine *engine, const char *id)
{
	return faccessat(engine->layout.containers_fd, id, F_OK, 0) == 0 ||
	       faccessat(engine->layout.run_containers_fd, id, F_OK, 0) == 0;
}

/* Whoever is starting it holds its lock until its monitor listens. */
static void kill_for_removal(struct engine *engine, const char *id)
{
	int lock = container_lock(engine, id, true, NULL);

	if (lock >= 0)
		close(lock);
	container_stop(engine, id, "SIGKILL", 0, NULL);
}

int container_remove_many(struct engine *engine, char *const *ids, size_t count, unsigned flags,
			  struct error *err)
{
	auto_strvec struct strvec present = {0};
	struct error first = {0};

	for (size_t i = 0; i < count; i++) {
		if (!exists(engine, ids[i]))
			continue;
		adopt_if_abandoned(engine, ids[i]);
		if (flags & CONTAINER_REMOVE_FORCE && container_has_monitor(engine, ids[i]))
			kill_for_removal(engine, ids[i]);
		if (!container_has_monitor(engine, ids[i]))
			strvec_add(&present, ids[i]);
		else
			error_set(&first, ERROR_CONFLICT,
				  "container %.12s is running: stop it first, or force its removal",
				  ids[i]);
	}
	if (present.count && network_detach(&engine->net, present.items, present.count, err) < 0)
		return -1;
	strvec_each (id, &present) {
		struct error reason = {0};

		if (remove_one(engine, *id, flags, &reason) < 0 && !first.code)
			first = reason;
	}
	if (!first.code)
		return 0;
	if (err)
		*err = first;
	return -1;
}

int container_remove(struct engine *engine, const char *id, unsigned flags, struct error *err)
{
	return container_remove_many(engine, (char *[]){(char *)id}, 1, flags, err);
}
