/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "builder/bases.h"
#include "builder/build_private.h"
#include "builder/cache_exchange.h"
#include "builder/describe.h"
#include "builder/image_document.h"
#include "builder/outline.h"
#include "builder/output.h"
#include "builder/preparation.h"
#include "builder/schedule.h"
#include "builder/tell.h"
#include "builder/warnings.h"
#include "storage/build_cache/build_cache.h"

static void tell_bases(const struct build *build)
{
	for (size_t i = 0; i < build->plan.count; i++) {
		const struct stage *stage = build->plan.stages[i];

		if (stage->from_number > 0)
			tell_event(build, &(struct build_event){.kind = BUILD_STEP_CACHED,
								.step = stage->from_number,
								.name = stage->from_name});
	}
}

static int carry_out(struct build *build, struct error *err)
{
	run_heal(build->engine);
	tell_bases(build);
	return schedule_run(build, err);
}

static int (*const phases[])(struct build *build, struct error *err) = {
	output_check,	       preparation_open, cache_exchange_open, plan_make,    warnings_tell,
	bases_resolve,	       describe_stages,	 warnings_unused,     outline_tell, carry_out,
	image_document_finish, output_write,	 cache_exchange_save,
};

static int run(struct build *build, struct error *err)
{
	for (size_t i = 0; i < array_length(phases); i++)
		if (phases[i](build, err) < 0)
			return -1;
	return 0;
}

static void take_document(const struct build *build)
{
	auto_strbuf struct strbuf text = {0};

	json_print_exact(&text, build->plan.target->document);
	build->result->document = arena_string(build->arena, strbuf_text(&text));
}

int build_run(struct engine *engine, const struct build_request *request,
	      struct build_result *result, struct arena *arena, struct error *err)
{
	struct build_hold hold = {.fd = -1};
	struct build build = BUILD_CLOSED;
	int done;

	*result = (struct build_result){0};
	build.engine = engine;
	build.request = request;
	build.arena = arena;
	build.result = result;
	build.hold = &hold;
	done = run(&build, err);
	if (done == 0)
		take_document(&build);
	cache_exchange_close(&build);
	preparation_close(&build);
	build_cache_keep(&engine->layout);
	return done;
}
