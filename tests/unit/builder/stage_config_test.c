/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/stage_config.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "builder/build_private.h"

#include "harness.h"

#include <string.h>

struct world {
	struct arena arena;
	struct build build;
	struct stage stage;
};

static void begin(struct world *world)
{
	world->build = (struct build)BUILD_CLOSED;
	world->build.arena = &world->arena;
	world->stage.scope = (struct scope){.arena = &world->arena, .escape = '\\'};
	world->stage.document = json_new_object();
}

static void end(struct world *world)
{
	json_object_put(world->stage.document);
	arena_release(&world->arena);
}

/* Lines behind a FROM. */
static int apply(struct world *world, const char *lines, struct error *err)
{
	const char *text = arena_format(&world->arena, "FROM x\n%s", lines);
	struct dockerfile *dockerfile = &world->build.dockerfile;

	if (dockerfile_parse(dockerfile, "Dockerfile", text, strlen(text), &world->arena, err) < 0)
		return -1;
	for (size_t i = 1; i < dockerfile->count; i++)
		if (stage_config_apply(&world->build, &world->stage, &dockerfile->instructions[i],
				       err) < 0)
			return -1;
	return 0;
}

static void check(struct world *world, const char *lines, const char *member, const char *expected)
{
	auto_strbuf struct strbuf text = {0};
	struct error err = {0};

	begin(world);
	if (apply(world, lines, &err) < 0)
		fail_msg("%s: %s", lines, err.text);
	json_print(&text, json_path(world->stage.document, "config", member, NULL), false);
	if (strcmp(strbuf_text(&text), expected) != 0)
		fail_msg("%s: %s is %s, not %s", lines, member, strbuf_text(&text), expected);
	end(world);
	*world = (struct world){0};
}

/* What the last entry of the history says. */
static void check_history(struct world *world, const char *lines, const char *expected)
{
	struct error err = {0};
	json *history;

	begin(world);
	CHECK_OK(apply(world, lines, &err));
	history = json_get(world->stage.document, "history");
	CHECK_TEXT(json_string(json_at(history, json_length(history) - 1), "created_by", ""),
		   expected);
	end(world);
	*world = (struct world){0};
}

TEST(members_of_the_configuration)
{
	struct world world = {0};

	check(&world, "ENV A=1 B=2\nENV A=$A$B", "Env", "[\"A=12\",\"B=2\"]");
	check(&world, "ENV A=1\nENV A=2 B=$A", "Env", "[\"A=2\",\"B=1\"]");
	check(&world, "LABEL a=b \"c d\"=\"e f\"", "Labels", "{\"a\":\"b\",\"c d\":\"e f\"}");
	check(&world, "ARG P=9\nEXPOSE $P 1-2/udp", "ExposedPorts",
	      "{\"1/udp\":{},\"2/udp\":{},\"9/tcp\":{}}");
	check(&world, "VOLUME [\"/a b\"]\nVOLUME /c", "Volumes", "{\"/a b\":{},\"/c\":{}}");
	check(&world, "USER a:b", "User", "\"a:b\"");
	check(&world, "STOPSIGNAL SIGTERM", "StopSignal", "\"SIGTERM\"");
	check(&world, "ONBUILD RUN x", "OnBuild", "[\"RUN x\"]");
	check(&world, "HEALTHCHECK --interval=5s --retries=2 CMD [\"x\"]", "Healthcheck",
	      "{\"Test\":[\"CMD\",\"x\"],\"Interval\":5000000000,\"Retries\":2}");
}

TEST(commands_and_the_shell)
{
	struct world world = {0};

	check(&world, "CMD a b", "Cmd", "[\"/bin/sh\",\"-c\",\"a b\"]");
	check(&world, "SHELL [\"sh\", \"-x\"]\nCMD a", "Cmd", "[\"sh\",\"-x\",\"a\"]");
	check(&world, "CMD [\"a\"]\nENTRYPOINT [\"b\"]", "Cmd", "[\"a\"]");
	check(&world, "ENTRYPOINT []", "Entrypoint", "[]");
}

TEST(a_cmd_of_the_base_is_not_for_another_entrypoint)
{
	struct world world = {0};
	json *config = json_new_object();
	struct error err = {0};

	begin(&world);
	json_set(world.stage.document, "config", config);
	json_set_string(config, "Cmd", "inherited");
	CHECK_OK(apply(&world, "ENTRYPOINT [\"b\"]", &err));
	CHECK(!json_get(config, "Cmd"));
	end(&world);
}

TEST(what_the_history_says)
{
	struct world world = {0};

	check_history(&world, "CMD [\"a\", \"b\\\"c\"]", "CMD [\"a\" \"b\\\"c\"]");
	check_history(&world, "ENV A=1 B=2", "ENV A=1 B=2");
	check_history(&world, "ARG A\nARG B=1 C", "ARG B=1 C");
	check_history(&world, "EXPOSE 80 53/udp", "EXPOSE [53/udp 80/tcp]");
	check_history(&world, "SHELL [\"a\", \"b\"]", "SHELL [a b]");
	check_history(&world, "LABEL x=y\nONBUILD RUN x", "LABEL x=y");
	check_history(&world, "HEALTHCHECK NONE",
		      "HEALTHCHECK {Test:[NONE] Interval:0s Timeout:0s StartPeriod:0s "
		      "StartInterval:0s Retries:0}");
}

TEST(arguments_by_where_they_come_from)
{
	struct world world = {0};
	struct pair given[] = {{"A", "given"}};
	struct error err = {0};

	begin(&world);
	world.build.args = given;
	world.build.arg_count = 1;
	world.build.plan.globals = (struct scope){.arena = &world.arena};
	scope_set(&world.build.plan.globals, "G", "global");
	CHECK_OK(apply(&world, "ARG A=default\nARG B=$A-b\nARG G\nARG N\nENV E=env\nARG E=arg",
		       &err));
	CHECK_TEXT(scope_get(&world.stage.scope, "A"), "given");
	CHECK_TEXT(scope_get(&world.stage.scope, "B"), "given-b");
	CHECK_TEXT(scope_get(&world.stage.scope, "G"), "global");
	CHECK(!scope_get(&world.stage.scope, "N"));
	CHECK_TEXT(scope_get(&world.stage.scope, "E"), "arg");
	CHECK_INT(world.stage.scope.argument_count, 5);
	end(&world);
}

TEST(what_is_refused)
{
	static const char *const cases[][2] = {
		{"STOPSIGNAL NOPE", "NOPE"},
		{"EXPOSE x", "x"},
		{"VOLUME $NONE", "empty"},
		{"USER ${A:?who}", "who"},
	};

	for (size_t i = 0; i < array_length(cases); i++) {
		struct world world = {0};
		struct error err = {0};

		begin(&world);
		if (apply(&world, cases[i][0], &err) == 0)
			fail_msg("accepted: %s", cases[i][0]);
		if (!strstr(err.text, cases[i][1]))
			fail_msg("'%s' lacks '%s'", err.text, cases[i][1]);
		end(&world);
	}
}
