/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/cache_exchange.h"

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/units.h"
#include "builder/build_private.h"
#include "builder/own_args.h"
#include "builder/tell.h"
#include "builder/worker.h"
#include "storage/build_cache/build_exchange.h"

struct cache_exchange {
	struct build_exchange **places; /* NULL: it could not be read */
	size_t count;
};

static struct build_place_wish wish(const struct build *build,
				    const struct build_cache_place *place)
{
	return (struct build_place_wish){
		.type = place->type,
		.where = place->where,
		.transport = build->transport,
	};
}

/* --- reading ---------------------------------------------------------------------------------- */

static void warn(const struct build *build, const struct build_cache_place *place,
		 const struct error *reason)
{
	const char *text = arena_format(build->arena, "build cache %s is not used: %s",
					place->where ? place->where : place->type, reason->text);

	tell_event(build, &(struct build_event){.kind = BUILD_WARNING, .text = text});
}

static struct build_exchange *open_one(struct build *build, const struct build_cache_place *place)
{
	struct build_place_wish wanted = wish(build, place);
	int64_t begun_ns = units_monotonic_ns();
	const char *name = arena_format(build->arena, "importing cache manifest from %s",
					place->where ? place->where : place->type);
	int number = tell_begin(build, name);
	struct build_exchange *exchange = NULL;
	struct error problem = {0};

	if (build_exchange_open(&exchange, &build->engine->layout, &wanted, &problem) < 0)
		warn(build, place, &problem);
	tell_end(build, number, name, begun_ns);
	return exchange;
}

int cache_exchange_open(struct build *build, struct error *err)
{
	const struct build_request *request = build->request;
	struct cache_exchange *exchange;

	(void)err;
	if (request->cache_from_count == 0)
		return 0;
	exchange = arena_alloc(build->arena, sizeof(*exchange));
	exchange->places =
		arena_array(build->arena, request->cache_from_count, sizeof(*exchange->places));
	build->exchange = exchange;
	for (; exchange->count < request->cache_from_count; exchange->count++)
		exchange->places[exchange->count] =
			open_one(build, &request->cache_from[exchange->count]);
	return 0;
}

void cache_exchange_close(struct build *build)
{
	for (size_t i = 0; build->exchange && i < build->exchange->count; i++)
		build_exchange_close(build->exchange->places[i]);
	build->exchange = NULL;
}

/* What cannot be had is made, as if nobody had promised it. */
static bool fetch(const struct build *build, const char *key)
{
	struct error problem = {0};

	for (size_t i = 0; build->exchange && i < build->exchange->count; i++) {
		struct build_exchange *place = build->exchange->places[i];
		int result = place ? build_exchange_fetch(place, key, &problem) : 0;

		if (result > 0)
			return true;
		if (result < 0)
			log_warning("build cache %s: %s", build->request->cache_from[i].where,
				    problem.text);
	}
	return false;
}

int cache_exchange_find(const struct build *build, const char *key, struct build_record *record,
			bool may_fetch, struct error *err)
{
	const struct layout *layout = &build->engine->layout;
	int found = build_cache_find(layout, key, record, build->arena, err);

	if (found != 0 || !may_fetch || !fetch(build, key))
		return found;
	return build_cache_find(layout, key, record, build->arena, err);
}

/* --- writing ---------------------------------------------------------------------------------- */

static struct build_exchange_stack stack_of(const struct layer_stack *layers)
{
	return (struct build_exchange_stack){layers->chain_ids, layers->diff_ids, layers->count};
}

/* Of the target alone, or of all that was done. */
static struct build_exchange_stacks list_stacks(const struct build *build, bool is_max)
{
	const struct plan *plan = &build->plan;
	struct build_exchange_stack *items =
		arena_array(build->arena, plan->count + 1, sizeof(*items));
	size_t count = 0;

	items[count++] = stack_of(plan_result(plan->target));
	for (size_t i = 0; is_max && i < plan->count; i++)
		if (plan->stages[i]->is_needed && plan_is_done(plan->stages[i]))
			items[count++] = stack_of(plan_result(plan->stages[i]));
	return (struct build_exchange_stacks){items, count};
}

struct saving {
	const struct build *build;
	const struct build_cache_place *place;
};

static int work(int fd, void *data, struct error *err)
{
	const struct saving *saving = data;
	struct build_place_wish wanted = wish(saving->build, saving->place);
	struct build_exchange_stacks stacks = list_stacks(saving->build, saving->place->is_max);

	if (build_exchange_save(&saving->build->engine->layout, &wanted, &stacks, err) < 0)
		return -1;
	worker_say(fd, WORKER_RESULT, "", 0);
	return 0;
}

static void ignore(const struct worker_frame *frame, void *data)
{
	(void)frame;
	(void)data;
}

static int save_one(struct build *build, const struct build_cache_place *place, struct error *err)
{
	struct saving saving = {build, place};
	struct worker_call call = {
		.work = work,
		.data = &saving,
		.handle = ignore,
		.cancel_fd = build->caller_fd,
	};
	const char *name = strcmp(place->type, "local") == 0 ? "exporting cache to client directory"
							     : "exporting cache to registry";
	int64_t begun_ns = units_monotonic_ns();
	int number = tell_begin(build, name);

	if (worker_run(&call, err) < 0) {
		tell_failure(build, number, name, err);
		return error_wrap(err, "cannot write build cache %s",
				  place->where ? place->where : place->type);
	}
	tell_end(build, number, name, begun_ns);
	return 0;
}

static bool is_inline(const struct build_cache_place *place)
{
	return strcmp(place->type, "inline") == 0;
}

int cache_exchange_save(struct build *build, struct error *err)
{
	const struct build_request *request = build->request;

	for (size_t i = 0; i < request->cache_to_count; i++)
		if (!is_inline(&request->cache_to[i]) &&
		    save_one(build, &request->cache_to[i], err) < 0)
			return -1;
	return 0;
}

int cache_exchange_mark(const struct build *build, const struct layer_stack *layers,
			struct error *err)
{
	const struct build_request *request = build->request;
	struct build_exchange_stack stack = stack_of(layers);
	bool is_wanted = own_args_wants_inline_cache(build);

	for (size_t i = 0; i < request->cache_to_count; i++)
		is_wanted |= is_inline(&request->cache_to[i]);
	return is_wanted ? build_exchange_mark(&build->engine->layout, &stack,
					       build->plan.target->document, err)
			 : 0;
}
