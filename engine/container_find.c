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

/* Known only by its name and project, which a description that is damaged elsewhere still says, or
 * else its state; or by its id. What does not run is dead. */
static void load_damaged(struct engine *engine, const char *id, struct container *container,
			 struct arena *arena)
{
	char **none = arena_array(arena, 1, sizeof(*none));
	struct container_state state;
	struct container known;

	container_state_load(engine, id, &state, arena, NULL);
	if (!container_json_identify(engine, id, &known, arena)) {
		known.name = state.name;
		known.config.labels = state.labels;
		known.config.label_count = state.label_count;
	}
	if (!known.name)
		known.name = arena_string_n(arena, id, 12);
	*container = (struct container){
		.id = arena_string(arena, id),
		.name = known.name,
		.created = "",
		.image_id = "",
		.args = none,
		.env = none,
		.working_dir = "/",
		.stop_signal = "SIGKILL",
		.chain_ids = none,
		.config = {.name = known.name,
			   .image = "",
			   .cgroup_parent = known.config.cgroup_parent,
			   .labels = known.config.labels,
			   .label_count = known.config.label_count},
		.state = state,
	};
	if (!container_is_live(container))
		container->state.status = CONTAINER_DEAD;
	container->state.error = "its description, container.json, is damaged: remove it";
}

int container_check(struct engine *engine, const char *id, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct container container;

	return container_json_load(engine, id, &container, &arena, err);
}

int container_refresh(struct engine *engine, struct container *container, struct arena *arena,
		      struct error *err)
{
	if (!container_exists(engine, container->id))
		return container_missing(container->name, err);
	return container_state_load(engine, container->id, &container->state, arena, err) < 0 ? -1
											      : 0;
}

/* Whole, or what is known of it. */
static int load(struct engine *engine, const char *id, struct container *container,
		struct arena *arena, struct error *err)
{
	struct error reason = {0};

	if (container_memo_get(engine, id, container))
		return 0;
	if (container_load(engine, id, container, arena, &reason) == 0)
		return 0;
	if (error_is_shortage(reason.code) || !container_exists(engine, id))
		return error_pass(err, &reason);
	log_warning_once("container %.12s is damaged (%s): remove it", id, reason.text);
	load_damaged(engine, id, container, arena);
	return 0;
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
		struct error reason = {0};

		if (load(engine, *id, &container, arena, &reason) < 0) {
			if (error_is_shortage(reason.code))
				return error_pass(err, &reason);
			continue; /* it has gone */
		}
		if (!has_labels(&container, labels))
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
