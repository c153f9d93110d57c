/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/step.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "builder/build_private.h"
#include "builder/cache_exchange.h"
#include "builder/key.h"
#include "storage/build_cache/build_cache.h"
#include "storage/image/layer_snapshot.h"
#include "storage/overlay.h"

/* --- the key ---------------------------------------------------------------------------------- */

static int add_details(const struct build *build, struct step *step, struct key *key, bool may_look,
		       struct error *err)
{
	switch (step->kind) {
	case STEP_COPY:
		return step_copy_add_key(build, step, key, may_look, err);
	case STEP_RUN:
		return step_run_add_key(build, step, key, may_look, err);
	case STEP_WORKDIR:
		key_add(key, "directory", step->directory);
		key_add(key, "user", step->user);
		break;
	}
	return 1;
}

/* Both the way that led here and what lies there count: a step on one that was done anew is done
 * anew, and what was made of other layers is of no use. */
int step_find_key(const struct build *build, struct step *step, bool may_look, struct error *err)
{
	static const char *const kinds[] = {
		[STEP_COPY] = "copy", [STEP_RUN] = "run", [STEP_WORKDIR] = "workdir"};
	const struct layer_stack *below = plan_below(step);
	auto_key struct key key = {0};
	int known;

	key_add(&key, "step", kinds[step->kind]);
	key_add(&key, "platform", step->stage->platform);
	key_add(&key, "below", below->key);
	key_add(&key, "layer", below->count > 0 ? below->chain_ids[below->count - 1] : NULL);
	known = add_details(build, step, &key, may_look, err);
	if (known == 1)
		key_finish(&key, step->key);
	return known;
}

/* --- the cache -------------------------------------------------------------------------------- */

static bool is_on(const struct build_record *record, const struct layer_stack *below)
{
	return record->layer_count == below->count + 1 &&
	       (below->count == 0 || strcmp(record->chain_ids[below->count - 1],
					    below->chain_ids[below->count - 1]) == 0);
}

int step_find_result(const struct build *build, struct step *step, bool may_fetch,
		     struct error *err)
{
	struct build_record record;
	int found = cache_exchange_find(build, step->key, &record, may_fetch, err);

	if (found <= 0 || !is_on(&record, plan_below(step)))
		return found < 0 ? -1 : 0;
	found = build_hold_add(build->hold, record.chain_ids, record.layer_count, err);
	if (found <= 0)
		return found;
	step->result = (struct layer_stack){
		.chain_ids = record.chain_ids,
		.diff_ids = record.diff_ids,
		.count = record.layer_count,
		.created_s = record.created_s,
	};
	memcpy(step->result.key, step->key, sizeof(step->key));
	return 1;
}

/* --- the work, in a process of its own -------------------------------------------------------- */

static int open_directory(const struct build *build, const char *name, struct error *err)
{
	int fd;

	if (mkdirat(build->staging.fd, name, 0700) < 0)
		return error_errno(err, "cannot create a directory for the step");
	fd = openat(build->staging.fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? error_errno(err, "cannot open the directory of the step") : fd;
}

static int make_directory(const struct step *step, int root_fd, struct error *err)
{
	struct copy_owner owner = {0};
	bool is_new;

	if (*step->user && copy_find_owner(root_fd, step->user, &owner, err) < 0)
		return -1;
	return copy_make_directory(root_fd, step->directory, &owner, &is_new, err);
}

/* What --link copies goes into an empty folder, whatever lies below. */
static int copy_linked(const struct build *build, struct step *step,
		       const struct overlay_request *overlay, struct error *err)
{
	const struct layout *layout = &build->engine->layout;
	struct overlay_request below = *overlay;
	auto_close int upper = -1, users = -1;
	struct step_roots roots;

	if (overlay_prepare(layout, overlay, err) < 0)
		return -1;
	upper = openat(overlay->container_fd, "upper",
		       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (upper < 0)
		return error_errno(err, "cannot open the directory of the step");
	below.container_fd = -1;
	if (below.layer_count > 0 && step->copy.chown) {
		users = overlay_mount(layout, &below, err);
		if (users < 0)
			return -1;
	}
	roots = (struct step_roots){upper, users < 0 ? upper : users};
	return step_copy_work(build, step, &roots, err);
}

static int work_on_files(const struct build *build, struct step *step, int directory_fd,
			 struct error *err)
{
	const struct layer_stack *below = plan_below(step);
	struct overlay_request overlay = {
		.chain_ids = below->chain_ids,
		.layer_count = below->count,
		.container_fd = directory_fd,
		.is_volatile = true,
	};
	auto_close int root = -1;
	struct step_roots roots;

	if (step->kind == STEP_COPY && step->copy.is_link)
		return copy_linked(build, step, &overlay, err);
	root = overlay_mount(&build->engine->layout, &overlay, err);
	if (root < 0)
		return -1;
	if (step->kind == STEP_WORKDIR)
		return make_directory(step, root, err);
	roots = (struct step_roots){root, root};
	return step_copy_work(build, step, &roots, err);
}

/* The layers below and the new one. */
static void stack_up(const struct build *build, struct step *step,
		     const struct layer_snapshot *snapshot)
{
	const struct layer_stack *below = plan_below(step);
	struct layer_stack *result = &step->result;
	size_t size = sizeof(char *);

	result->count = below->count + 1;
	result->chain_ids = arena_array(build->arena, result->count + 1, size);
	result->diff_ids = arena_array(build->arena, result->count + 1, size);
	if (below->count > 0) {
		memcpy(result->chain_ids, below->chain_ids, below->count * size);
		memcpy(result->diff_ids, below->diff_ids, below->count * size);
	}
	result->chain_ids[below->count] = arena_string(build->arena, snapshot->chain_id);
	result->diff_ids[below->count] = arena_format(build->arena, "sha256:%s", snapshot->diff_id);
	memcpy(result->key, step->key, sizeof(step->key));
}

static int put(const struct build *build, const struct step *step,
	       const struct layer_snapshot *snapshot, struct error *err)
{
	struct build_record record = {
		.key = step->key,
		.chain_ids = step->result.chain_ids,
		.diff_ids = step->result.diff_ids,
		.layer_count = step->result.count,
		.description = step->name,
		.kind = "regular",
		.size = snapshot->size,
		.created_s = step->result.created_s,
	};
	int done = build_cache_put(&build->engine->layout, &record, err);

	/* Until it is held, nobody may collect it. */
	if (done == 0)
		done = build_hold_add(build->hold, record.chain_ids, record.layer_count, err);
	close(snapshot->store_lock_fd);
	return done < 0 ? -1 : 0;
}

/* Under a key that nobody asks for: what it is like is not what its own says. */
static void use_key_of_its_own(struct step *step)
{
	units_random_hex(step->key, (sizeof(step->key) - 1) / 2);
}

static int make(const struct build *build, struct step *step, int fd, struct error *err)
{
	const struct layer_stack *below = plan_below(step);
	const char *name = arena_format(build->arena, "step-%d", step->number);
	struct layer_snapshot snapshot = {
		.staging = &build->staging,
		.directory = name,
		.parent_chain = below->count > 0 ? below->chain_ids[below->count - 1] : NULL,
		.store_lock_fd = -1,
	};
	auto_close int directory = open_directory(build, name, err);

	/* Whatever is newer was made by the step itself. */
	step->result.created_s = units_now().tv_sec;
	if (directory < 0 ||
	    (step->kind == STEP_RUN ? step_run_work(build, step, name, fd, err)
				    : work_on_files(build, step, directory, err)) < 0 ||
	    layer_snapshot_commit(&snapshot, err) < 0)
		return -1;
	if (step->is_inexact)
		use_key_of_its_own(step);
	stack_up(build, step, &snapshot);
	return put(build, step, &snapshot, err);
}

static void say_result(int fd, const struct step *step)
{
	auto_json json *result = json_new_object();
	auto_strbuf struct strbuf text = {0};

	json_set_string(result, "key", step->key);
	json_set_bool(result, "cached", step->is_cached);
	json_set(result, "chain_ids", json_from_strings(step->result.chain_ids));
	json_set(result, "diff_ids", json_from_strings(step->result.diff_ids));
	json_set_int(result, "created", step->result.created_s);
	json_print(&text, result, false);
	worker_say(fd, WORKER_RESULT, text.text, text.length);
}

int step_work(int fd, void *data, struct error *err)
{
	const struct build *build = ((struct step_task *)data)->build;
	struct step *step = ((struct step_task *)data)->step;
	const struct layout *layout = &build->engine->layout;
	auto_close int lock = -1;
	int found = 0;

	if (step_find_key(build, step, true, err) < 0)
		return -1;
	lock = build_cache_lock(layout, step->key, build->cancel_fd, err);
	if (lock < 0)
		return -1;
	if (!step->stage->is_uncached)
		found = step_find_result(build, step, true, err);
	step->is_cached = found > 0;
	if (found < 0 || (found == 0 && make(build, step, fd, err) < 0)) {
		layout_explain_full(layout, err);
		return -1;
	}
	say_result(fd, step);
	return 0;
}

/* --- in the parent ---------------------------------------------------------------------------- */

static char **take_strings(const json *array, struct arena *arena)
{
	size_t count = json_length(array);
	char **items = arena_array(arena, count + 1, sizeof(*items));

	for (size_t i = 0; i < count; i++)
		items[i] = arena_string(arena, json_string_at(array, i));
	return items;
}

int step_take_result(const struct build *build, struct step *step, const struct worker_frame *frame,
		     struct error *err)
{
	auto_json json *result = json_parse(frame->bytes, frame->length, step->name, err);
	struct layer_stack *stack = &step->result;

	if (!result)
		return -1;
	stack->chain_ids = take_strings(json_get(result, "chain_ids"), build->arena);
	stack->diff_ids = take_strings(json_get(result, "diff_ids"), build->arena);
	stack->count = json_length(json_get(result, "chain_ids"));
	stack->created_s = json_int(result, "created", 0);
	snprintf(stack->key, sizeof(stack->key), "%s", json_string(result, "key", ""));
	step->is_cached = json_flag(result, "cached", false);
	return 0;
}
