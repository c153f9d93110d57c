/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads containers: one by its name or id, all of them by labels. Starts, repairs and removes
 * nothing; that is container_heal's.
 */
#include "engine/container.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/pair.h"
#include "base/strvec.h"
#include "engine/container_json.h"
#include "engine/container_memo.h"
#include "engine/container_names.h"
#include "engine/container_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Dead, and known only by what its state says: name and project. */
static bool load_damaged(struct engine *engine, const char *id, struct container *container,
			 struct arena *arena)
{
	char **none = arena_array(arena, 1, sizeof(*none));
	struct container_state state;

	container_state_load(engine, id, &state, arena);
	if (!state.name)
		return false;
	*container = (struct container){
		.id = arena_string(arena, id),
		.name = state.name,
		.created = "",
		.image_id = "",
		.args = none,
		.env = none,
		.working_dir = "/",
		.stop_signal = "SIGKILL",
		.chain_ids = none,
		.config = {.name = state.name,
			   .image = "",
			   .labels = state.labels,
			   .label_count = state.label_count},
		.state = state,
	};
	container->state.status = CONTAINER_DEAD;
	container->state.error = "its description, container.json, is damaged: remove it";
	return true;
}

int container_refresh(struct engine *engine, struct container *container, struct arena *arena,
		      struct error *err)
{
	if (!container_exists(engine, container->id))
		return container_missing(container->name, err);
	container_state_load(engine, container->id, &container->state, arena);
	return 0;
}

/* Whole, or known at least by name. */
static int load(struct engine *engine, const char *id, struct container *container,
		struct arena *arena, struct error *err)
{
	struct error reason = {0};

	if (container_memo_get(engine, id, container))
		return 0;
	if (container_load(engine, id, container, arena, &reason) == 0)
		return 0;
	if (!container_exists(engine, id))
		return error_pass(err, &reason);
	log_warning_once("container %.12s is damaged (%s): remove it", id, reason.text);
	return load_damaged(engine, id, container, arena) ? 0 : error_pass(err, &reason);
}

int container_find(struct engine *engine, const char *name, struct container *container,
		   struct arena *arena, struct error *err)
{
	char id[CONTAINER_ID_LENGTH + 1];
	struct error reason = {0};

	if (container_name_resolve(engine, name, id, err) < 0)
		return -1;
	if (load(engine, id, container, arena, &reason) == 0)
		return 0;
	if (reason.code == ENOENT)
		return container_missing(name, err);
	return error_pass(err, &reason);
}

static bool has_labels(const struct container *container, char *const *wanted)
{
	for (; wanted && *wanted; wanted++)
		if (!pair_fits(container->config.labels, container->config.label_count, *wanted))
			return false;
	return true;
}

static int by_age(const void *a, const void *b)
{
	const struct container *left = a, *right = b;
	int order =
		strcmp(left->created ? left->created : "", right->created ? right->created : "");

	return order ? order : strcmp(left->id, right->id);
}

int container_list(struct engine *engine, char *const *labels, struct container **containers,
		   size_t *count, struct arena *arena, struct error *err)
{
	auto_strvec struct strvec ids = {0};
	struct container *list = NULL;
	size_t used = 0;

	if (container_ids_list(engine, &ids, err) < 0)
		return -1;
	strvec_each (id, &ids) {
		struct container container;

		if (load(engine, *id, &container, arena, NULL) < 0 ||
		    !has_labels(&container, labels))
			continue;
		list = arena_grow(arena, list, used, sizeof(*list));
		list[used++] = container;
	}
	if (used > 1)
		qsort(list, used, sizeof(*list), by_age);
	*containers = list;
	*count = used;
	return 0;
}
