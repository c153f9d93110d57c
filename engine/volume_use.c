/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/volume_use.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/event.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "engine/container_json.h"
#include "engine/container_store.h"

#include <errno.h>
#include <string.h>

bool volume_use_mounts(const struct container *container, const char *volume)
{
	for (size_t i = 0; i < container->mount_count; i++)
		if (container->mounts[i].type == CONTAINER_MOUNT_VOLUME &&
		    strcmp(container->mounts[i].source, volume) == 0)
			return true;
	return false;
}

int volume_use_add(struct engine *engine, const char *id, struct map *used, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct container container;
	struct error reason = {0};

	if (container_json_load(engine, id, &container, &arena, &reason) < 0)
		return reason.code == ENOENT
			       ? 0
			       : error_set(err, ERROR_INVALID,
					   "nobody knows which volumes container %.12s uses (%s): "
					   "remove it first, with 'coracle container rm -f %.12s'",
					   id, reason.text, id);
	for (size_t i = 0; i < container.mount_count; i++)
		if (container.mounts[i].type == CONTAINER_MOUNT_VOLUME)
			map_set(used, container.mounts[i].source, used);
	return 0;
}

int volume_use_list(struct engine *engine, struct map *used, struct error *err)
{
	auto_strvec struct strvec ids = {0};

	if (container_ids_list(engine, &ids, err) < 0)
		return -1;
	strvec_each (id, &ids)
		if (volume_use_add(engine, *id, used, err) < 0)
			return -1;
	return 0;
}

static int check_unused(struct engine *engine, const char *volume, struct error *err)
{
	auto_arena struct arena arena = {0};
	auto_strbuf struct strbuf users = {0};
	struct container *containers;
	size_t count;

	if (container_list(engine, NULL, &containers, &count, &arena, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (volume_use_mounts(&containers[i], volume))
			strbuf_printf(&users, "%s%s", users.length ? ", " : "", containers[i].name);
	if (!users.length)
		return 0;
	error_set(err, ERROR_CONFLICT, "cannot remove volume '%s': it is in use by container%s %s",
		  volume, strchr(users.text, ',') ? "s" : "", users.text);
	error_append(err, ": remove what uses it first ('coracle container rm')");
	return error_state(err, FACT_VOLUME_IN_USE, volume, users.text);
}

int volume_use_remove(struct engine *engine, const char *name, struct error *err)
{
	auto_close int hold = volume_hold(&engine->layout, true, err);

	if (hold < 0 || check_unused(engine, name, err) < 0)
		return -1;
	return volume_remove(&engine->layout, name, err);
}

static int prune_one(struct engine *engine, const struct volume_prune *prune,
		     const struct volume *volume, int64_t *bytes, struct error *err)
{
	struct error reason = {0};
	int64_t size = 0;

	/* Its size is only for the message. */
	volume_size(&engine->layout, volume, &size, NULL);
	if (volume_remove(&engine->layout, volume->name, &reason) < 0) {
		if (reason.code == ERROR_NOT_FOUND)
			return 0;
		return error_pass(err, &reason);
	}
	*bytes += size;
	if (prune->removed)
		prune->removed(volume->name, size, prune->data);
	return 0;
}

int volume_use_prune(struct engine *engine, const struct volume_prune *prune, int64_t *bytes,
		     struct error *err)
{
	auto_close int hold = volume_hold(&engine->layout, true, err);
	auto_arena struct arena arena = {0};
	auto_map struct map used = {0};
	struct volume *volumes;
	size_t count;

	*bytes = 0;
	if (hold < 0 || volume_use_list(engine, &used, err) < 0 ||
	    volume_list(&engine->layout, &volumes, &count, &arena, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if ((!prune->all && !volumes[i].is_anonymous) || map_has(&used, volumes[i].name) ||
		    (prune->fits && !prune->fits(&volumes[i], prune->data)))
			continue;
		if (prune_one(engine, prune, &volumes[i], bytes, err) < 0)
			return -1;
	}
	event_pruned(EVENT_VOLUME, *bytes);
	return 0;
}
