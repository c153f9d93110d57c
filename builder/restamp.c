/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/restamp.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "builder/build_private.h"
#include "builder/key.h"
#include "storage/build_cache/build_cache.h"
#include "storage/image/layer_snapshot.h"

struct restamp {
	const struct build *build;
	struct layer_stack *layers;
	size_t next; /* of the layers: all before it are done */
	struct timespec epoch;
};

/* What came of the context keeps its times, as long as it is older than the step. */
static bool keeps_times(const struct step *step)
{
	return step->kind == STEP_COPY && !step->copy.from;
}

static void make_key(const struct restamp *restamp, const struct step *step,
		     char hex[DIGEST_HEX_SIZE])
{
	const struct layer_stack *layers = restamp->layers;
	auto_key struct key key = {0};

	key_add(&key, "times of", step->result.chain_ids[restamp->next]);
	key_add(&key, "on", restamp->next > 0 ? layers->chain_ids[restamp->next - 1] : NULL);
	key_add_number(&key, "epoch", restamp->build->epoch_s);
	key_finish(&key, hex);
}

static void take(struct restamp *restamp, const char *chain_id, const char *diff_id)
{
	struct arena *arena = restamp->build->arena;

	restamp->layers->chain_ids[restamp->next] = arena_string(arena, chain_id);
	restamp->layers->diff_ids[restamp->next] = arena_string(arena, diff_id);
}

/* 1: it was done before. */
static int find(struct restamp *restamp, const char *key, struct error *err)
{
	const struct build *build = restamp->build;
	size_t count = restamp->next + 1;
	struct build_record record;
	int found = build_cache_find(&build->engine->layout, key, &record, build->arena, err);

	if (found <= 0 || record.layer_count != count)
		return found < 0 ? -1 : 0;
	found = build_hold_add(build->hold, record.chain_ids, count, err);
	if (found > 0)
		take(restamp, record.chain_ids[count - 1], record.diff_ids[count - 1]);
	return found;
}

static int copy_layer(const struct restamp *restamp, const struct step *step, const char *directory,
		      struct layer_snapshot *snapshot, struct error *err)
{
	const struct timespec made = {.tv_sec = step->result.created_s};

	*snapshot = (struct layer_snapshot){
		.staging = &restamp->build->staging,
		.directory = directory,
		.parent_chain =
			restamp->next > 0 ? restamp->layers->chain_ids[restamp->next - 1] : NULL,
		.latest = &restamp->epoch,
		.since = keeps_times(step) ? &made : NULL,
		.store_lock_fd = -1,
	};
	if (layer_snapshot_copy(snapshot, step->result.chain_ids[restamp->next], err) < 0)
		return -1;
	return layer_snapshot_commit(snapshot, err);
}

static char **copy_ids(char *const *ids, size_t count, struct arena *arena)
{
	char **copy = arena_array(arena, count + 1, sizeof(*copy));

	if (count > 0)
		memcpy(copy, ids, count * sizeof(*copy));
	return copy;
}

static int make(struct restamp *restamp, const struct step *step, const char *key,
		struct error *err)
{
	const struct build *build = restamp->build;
	const char *directory = arena_format(build->arena, "times-%d", step->number);
	struct build_record record = {
		.key = key,
		.layer_count = restamp->next + 1,
		.description = step->name,
		.kind = "internal",
		.created_s = step->result.created_s,
	};
	struct layer_snapshot snapshot;
	auto_close int lock = -1;

	if (copy_layer(restamp, step, directory, &snapshot, err) < 0)
		return -1;
	lock = snapshot.store_lock_fd;
	take(restamp, snapshot.chain_id, arena_format(build->arena, "sha256:%s", snapshot.diff_id));
	record.chain_ids = copy_ids(restamp->layers->chain_ids, record.layer_count, build->arena);
	record.diff_ids = copy_ids(restamp->layers->diff_ids, record.layer_count, build->arena);
	record.size = snapshot.size;
	if (build_cache_put(&build->engine->layout, &record, err) < 0)
		return -1;
	return build_hold_add(build->hold, record.chain_ids, record.layer_count, err) < 0 ? -1 : 0;
}

static int restamp_step(struct restamp *restamp, const struct step *step, struct error *err)
{
	char key[DIGEST_HEX_SIZE];
	int found;

	make_key(restamp, step, key);
	found = find(restamp, key, err);
	if (found < 0 || (found == 0 && make(restamp, step, key, err) < 0))
		return -1;
	restamp->next++;
	return 0;
}

/* From the bottom up: each lies on what became of those below. */
static int restamp_stage(struct restamp *restamp, const struct stage *stage, struct error *err)
{
	if (stage->base && restamp_stage(restamp, stage->base, err) < 0)
		return -1;
	if (!stage->base)
		restamp->next = stage->bottom.count;
	for (size_t i = 0; i < stage->step_count; i++)
		if (restamp_step(restamp, stage->steps[i], err) < 0)
			return -1;
	return 0;
}

int restamp_layers(const struct build *build, struct layer_stack *layers, struct error *err)
{
	struct restamp restamp = {
		.build = build, .layers = layers, .epoch = {.tv_sec = build->epoch_s}};

	if (!build->has_epoch)
		return 0;
	layers->chain_ids = copy_ids(layers->chain_ids, layers->count, build->arena);
	layers->diff_ids = copy_ids(layers->diff_ids, layers->count, build->arena);
	return restamp_stage(&restamp, build->plan.target, err);
}
