/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/plan.h"

#include "base/arena.h"
#include "base/error.h"
#include "builder/build_private.h"
#include "builder/platform_args.h"

#include "harness.h"

#include <string.h>

struct world {
	struct arena arena;
	struct build_request request;
	struct build build;
	struct error err;
};

static int make(struct world *world, const char *text)
{
	struct build *build = &world->build;

	*build = (struct build)BUILD_CLOSED;
	build->arena = &world->arena;
	build->request = &world->request;
	build->args = world->request.args;
	build->arg_count = world->request.arg_count;
	build->platform = platform_full_name(world->request.platform, &world->arena);
	world->err = (struct error){0};
	if (dockerfile_parse(&build->dockerfile, "Dockerfile", text, strlen(text), &world->arena,
			     &world->err) < 0 ||
	    platform_args_globals(build, &build->plan.globals, &world->err) < 0)
		return -1;
	return plan_make(build, &world->err);
}

static struct stage *stage(const struct world *world, size_t index)
{
	return world->build.plan.stages[index];
}

static void plan(struct world *world, const char *text)
{
	if (make(world, text) < 0)
		fail_msg("%s", world->err.text);
}

static void refuse(struct world *world, const char *text, const char *why)
{
	if (make(world, text) == 0)
		fail_msg("accepted:\n%s", text);
	if (!strstr(world->err.text, why))
		fail_msg("'%s' lacks '%s'", world->err.text, why);
}

TEST(only_what_the_target_needs)
{
	struct world world = {0};

	plan(&world, "FROM a AS one\nFROM b AS two\nFROM one AS three\n"
		     "FROM c\nCOPY --from=three /x /x\n");
	CHECK(stage(&world, 0)->is_needed);
	CHECK(!stage(&world, 1)->is_needed);
	CHECK(stage(&world, 2)->is_needed);
	CHECK(stage(&world, 2)->base == stage(&world, 0));
	CHECK(world.build.plan.target == stage(&world, 3));
	CHECK_TEXT(stage(&world, 3)->label, "stage-3");
	world.request.target = "TWO";
	plan(&world, "FROM a AS one\nFROM b AS two\nFROM one\n");
	CHECK(world.build.plan.target == stage(&world, 1));
	CHECK(!stage(&world, 0)->is_needed);
	world.request.target = "nope";
	refuse(&world, "FROM a\n", "target stage \"nope\" could not be found");
	arena_release(&world.arena);
}

TEST(the_only_stage_needs_no_name)
{
	struct world world = {0};

	plan(&world, "FROM a AS one\nRUN x\n");
	CHECK_TEXT(stage(&world, 0)->label, "");
	CHECK(stage(&world, 0)->line_count == 1);
	arena_release(&world.arena);
}

TEST(what_is_copied_from)
{
	struct world world = {0};

	plan(&world, "FROM a AS one\nFROM b\nCOPY --from=0 /x /x\nCOPY --from=ONE /y /y\n"
		     "COPY --from=img:1 /z /z\nRUN --mount=from=img:1,target=/m "
		     "--mount=type=cache,target=/c x\n");
	CHECK(stage(&world, 1)->lines[0].sources[0] == stage(&world, 0));
	CHECK(stage(&world, 1)->lines[1].sources[0] == stage(&world, 0));
	CHECK(stage(&world, 1)->lines[2].sources[0] == stage(&world, 2));
	CHECK(stage(&world, 1)->lines[3].source_count == 2);
	CHECK(stage(&world, 1)->lines[3].sources[0] == stage(&world, 2));
	CHECK(!stage(&world, 1)->lines[3].sources[1]);
	CHECK_TEXT(stage(&world, 2)->base_name, "img:1");
	CHECK(world.build.plan.count == 3);
	refuse(&world, "FROM a\nCOPY --from=1 /x /x\n", "invalid stage index 1");
	refuse(&world, "FROM a\nCOPY --from=$X /x /x\n", "does not take variables");
	arena_release(&world.arena);
}

TEST(circles)
{
	struct world world = {0};

	refuse(&world, "FROM a AS one\nCOPY --from=one /x /x\n", "Dockerfile:2: circular");
	refuse(&world,
	       "FROM a AS one\nCOPY --from=two /x /x\nFROM a AS two\nCOPY --from=one /x /x\n",
	       "Dockerfile:4: circular");
	/* The same name again: the base is the one before. */
	plan(&world, "FROM a AS one\nFROM one AS one\n");
	CHECK(stage(&world, 1)->base == stage(&world, 0));
	arena_release(&world.arena);
}

TEST(bases_and_arguments)
{
	struct world world = {0};
	struct pair args[] = {{"TAG", "given"}};

	world.request.args = args;
	world.request.arg_count = 1;
	plan(&world, "ARG NAME=img\nARG TAG=default\nARG BOTH=$NAME:$TAG\nFROM $BOTH\n"
		     "FROM --platform=$BUILDPLATFORM scratch\n");
	CHECK_TEXT(stage(&world, 0)->base_name, "img:given");
	CHECK(stage(&world, 1)->base_kind == BASE_SCRATCH);
	refuse(&world, "FROM ${NONE}\n", "base name (${NONE}) should not be blank");
	refuse(&world, "FROM --platform=$NONE a\n", "empty platform value from expression $NONE");
	arena_release(&world.arena);
}

TEST(contexts_replace_stages_and_images)
{
	struct world world = {0};
	struct pair contexts[] = {{"st", "./dir"}, {"alpine", "docker-image://debian:12"}};

	world.request.named_contexts = contexts;
	world.request.named_context_count = 2;
	plan(&world, "FROM a AS st\nRUN x\nFROM alpine:latest\nCOPY --from=st /f /f\n");
	CHECK(stage(&world, 0)->base_kind == BASE_CONTEXT);
	CHECK(stage(&world, 0)->line_count == 0);
	CHECK(stage(&world, 1)->base_kind == BASE_IMAGE);
	CHECK_TEXT(stage(&world, 1)->base_name, "debian:12");
	arena_release(&world.arena);
}

TEST(triggers_come_first_and_may_need_more)
{
	struct world world = {0};
	char copy[] = "COPY --from=early /x /x", run[] = "RUN y";
	char *const triggers[] = {copy, run, NULL};
	struct error err = {0};

	plan(&world, "FROM a AS early\nFROM b\nRUN z\n");
	CHECK(!stage(&world, 0)->is_needed);
	CHECK(plan_add_triggers(&world.build, stage(&world, 1), triggers, &err) == 0);
	CHECK(plan_need(&world.build, &err) == 0);
	CHECK(stage(&world, 0)->is_needed);
	CHECK(stage(&world, 1)->line_count == 3);
	CHECK(stage(&world, 1)->lines[0].is_trigger);
	CHECK(stage(&world, 1)->lines[0].instruction.line == 2);
	CHECK(stage(&world, 1)->lines[2].instruction.line == 3);
	arena_release(&world.arena);
}

TEST(stages_without_cache)
{
	struct world world = {0};
	char one[] = "one", *filter[] = {one, NULL};

	world.request.no_cache_filter = filter;
	plan(&world, "FROM a AS one\nFROM b AS two\n");
	CHECK(stage(&world, 0)->is_uncached);
	CHECK(!stage(&world, 1)->is_uncached);
	world.request.no_cache = true;
	plan(&world, "FROM a AS one\nFROM b AS two\n");
	CHECK(stage(&world, 1)->is_uncached);
	arena_release(&world.arena);
}
