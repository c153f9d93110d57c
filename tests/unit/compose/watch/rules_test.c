/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "compose/watch/rules.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct arena arena;
static struct watch_rules rules;
static char warning[256];

static void keep_warning(enum log_level level, const char *text, void *data)
{
	(void)data;
	if (level == LOG_LEVEL_WARNING)
		snprintf(warning, sizeof(warning), "%s", text);
}

static int load(struct service *service, struct service_watch *watch, size_t count,
		struct error *err)
{
	static struct service_develop develop;
	const struct service *services[] = {service, NULL};

	develop.watch.items = watch;
	develop.watch.count = count;
	service->develop = &develop;
	rules = (struct watch_rules){0};
	warning[0] = '\0';
	log_set_sink(keep_warning, NULL);
	return watch_rules_load(&rules, services, false, &arena, err);
}

/* One that syncs /src to /app. */
static struct service_watch sync_rule(void)
{
	return (struct service_watch){
		.path = arena_string(&arena, "/src"),
		.action = arena_string(&arena, "sync"),
		.target = arena_string(&arena, "/app"),
	};
}

static struct service service_named_web(void)
{
	return (struct service){.name = arena_string(&arena, "web")};
}

static char **patterns(const char *first, const char *second)
{
	char **list = arena_array(&arena, 3, sizeof(char *));

	list[0] = arena_string(&arena, first);
	list[1] = arena_string(&arena, second);
	return list;
}

static const char *target_of(const char *path)
{
	return watch_rule_takes(&rules.items[0], path)
		       ? watch_rule_target(&rules.items[0], path, &arena)
		       : "-";
}

TEST(takes_what_is_at_or_below_its_path)
{
	struct service service = service_named_web();
	struct service_watch watch = sync_rule();
	struct error err = {0};

	CHECK_OK(load(&service, &watch, 1, &err));
	CHECK_TEXT(target_of("/src/a/b.c"), "/app/a/b.c");
	CHECK_TEXT(target_of("/src"), "/app");
	CHECK_TEXT(target_of("/srcs/a"), "-");
	CHECK_TEXT(target_of("/other"), "-");
	arena_release(&arena);
}

TEST(a_file_goes_into_what_is_written_as_a_directory)
{
	struct service service = service_named_web();
	struct service_watch watch = sync_rule();
	struct error err = {0};

	watch.path = arena_string(&arena, "/src/app.conf");
	watch.target = arena_string(&arena, "/etc/");
	CHECK_OK(load(&service, &watch, 1, &err));
	CHECK_TEXT(target_of("/src/app.conf"), "/etc/app.conf");
	watch.target = arena_string(&arena, "/etc/own.conf");
	CHECK_OK(load(&service, &watch, 1, &err));
	CHECK_TEXT(target_of("/src/app.conf"), "/etc/own.conf");
	CHECK_TEXT(target_of("/src/other.conf"), "-");
	arena_release(&arena);
}

TEST(ignores_what_it_is_told_to_and_what_tools_leave)
{
	struct service service = service_named_web();
	struct service_watch watch = sync_rule();
	struct error err = {0};

	watch.ignore = patterns("./node_modules/", "*.log");
	CHECK_OK(load(&service, &watch, 1, &err));
	CHECK_TEXT(target_of("/src/node_modules"), "-");
	CHECK_TEXT(target_of("/src/node_modules/a/b"), "-");
	CHECK_TEXT(target_of("/src/sub/node_modules"), "/app/sub/node_modules");
	CHECK_TEXT(target_of("/src/x.log"), "-");
	CHECK_TEXT(target_of("/src/.git/HEAD"), "-");
	CHECK_TEXT(target_of("/src/sub/.git/HEAD"), "-");
	CHECK_TEXT(target_of("/src/a~"), "-");
	CHECK_TEXT(target_of("/src/sub/.a.swp"), "-");
	CHECK_TEXT(target_of("/src/4913"), "-");
	CHECK_TEXT(target_of("/src/.gitignore"), "/app/.gitignore");
	CHECK(watch_rule_enters(&rules.items[0], "/src"));
	CHECK(watch_rule_enters(&rules.items[0], "/src/sub"));
	CHECK(!watch_rule_enters(&rules.items[0], "/src/node_modules"));
	CHECK(!watch_rule_enters(&rules.items[0], "/src/.git"));
	CHECK(!watch_rule_enters(&rules.items[0], "/other"));
	arena_release(&arena);
}

TEST(a_pattern_may_take_back_what_another_ignores)
{
	struct service service = service_named_web();
	struct service_watch watch = sync_rule();
	struct error err = {0};

	watch.ignore = patterns("vendor", "!vendor/ours");
	CHECK_OK(load(&service, &watch, 1, &err));
	CHECK_TEXT(target_of("/src/vendor/theirs/x"), "-");
	CHECK_TEXT(target_of("/src/vendor/ours/x"), "/app/vendor/ours/x");
	CHECK(watch_rule_enters(&rules.items[0], "/src/vendor"));
	arena_release(&arena);
}

TEST(includes_only_what_matches)
{
	struct service service = service_named_web();
	struct service_watch watch = sync_rule();
	struct error err = {0};

	watch.include = patterns("A.*", "/src/sub");
	CHECK_OK(load(&service, &watch, 1, &err));
	CHECK_TEXT(target_of("/src/A.test"), "/app/A.test");
	CHECK_TEXT(target_of("/src/B.test"), "-");
	CHECK_TEXT(target_of("/src/sub/B.test"), "/app/sub/B.test");
	arena_release(&arena);
}

TEST(counts_the_ignore_file_of_the_context)
{
	const char *directory;
	int fd = test_directory(&directory);
	struct service service = service_named_web();
	struct service_watch watch = sync_rule();
	struct service_build build = {.context = arena_string(&arena, directory)};
	struct error err = {0};

	service.build = &build;
	watch.path = arena_format(&arena, "%s/src", directory);
	file_replace(fd, ".dockerignore", "src/no\n/*.md\n", 13, 0644, NULL);
	CHECK_OK(load(&service, &watch, 1, &err));
	CHECK_TEXT(target_of(arena_format(&arena, "%s/src/no/x", directory)), "-");
	CHECK_TEXT(target_of(arena_format(&arena, "%s/src/yes", directory)), "/app/yes");
	/* The Dockerfile's own takes its place. */
	file_replace(fd, "Dockerfile.dockerignore", "src/yes\n", 8, 0644, NULL);
	CHECK_OK(load(&service, &watch, 1, &err));
	CHECK_TEXT(target_of(arena_format(&arena, "%s/src/no/x", directory)), "/app/no/x");
	CHECK_TEXT(target_of(arena_format(&arena, "%s/src/yes", directory)), "-");
	/* One that hides everything says nothing. */
	file_replace(fd, "Dockerfile.dockerignore", "*\n", 2, 0644, NULL);
	CHECK_OK(load(&service, &watch, 1, &err));
	CHECK_TEXT(target_of(arena_format(&arena, "%s/src/yes", directory)), "/app/yes");
	close(fd);
	arena_release(&arena);
}

TEST(what_is_mounted_is_not_synced_but_commands_still_run)
{
	struct service service = service_named_web();
	struct service_watch watch[] = {sync_rule(), sync_rule()};
	struct service_volume volume = {
		.type = arena_string(&arena, "bind"),
		.source = arena_string(&arena, "/src"),
	};
	struct watch_exec exec = {.command = patterns("make", NULL)};
	struct error err = {0};

	service.volumes.items = &volume;
	service.volumes.count = 1;
	watch[1].action = arena_string(&arena, "sync+exec");
	watch[1].exec = &exec;
	CHECK_OK(load(&service, watch, 2, &err));
	CHECK_INT(rules.count, 1);
	CHECK_INT(rules.items[0].deeds, WATCH_EXECS);
	CHECK_TEXT(warning, "path '/src' also declared by a bind mount volume, this path won't be "
			    "monitored!");
	arena_release(&arena);
}

TEST(refuses_what_cannot_be_carried_out)
{
	struct service service = service_named_web();
	struct service_watch watch = sync_rule();
	struct error err = {0};

	CHECK_INT(load(&service, &watch, 0, &err), -1);
	CHECK(strstr(err.text, "none of the selected services is configured for watch"));
	watch.action = arena_string(&arena, "rebuild");
	CHECK_INT(load(&service, &watch, 1, &err), -1);
	CHECK(strstr(err.text, "without a build context"));
	watch.action = arena_string(&arena, "sync+exec");
	CHECK_INT(load(&service, &watch, 1, &err), -1);
	CHECK(strstr(err.text, "without a command"));
	arena_release(&arena);
}
