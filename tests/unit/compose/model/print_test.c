/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/project.h"

#include "compose/model/emit.h"
#include "compose/model/tree.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"

#include "harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static void check_scalar(const char *text, const char *expected)
{
	auto_arena struct arena arena = {0};
	auto_strbuf struct strbuf out = {0};
	const struct emit emit = {.double_dollars = true};
	struct node *map = node_new_map(&arena, NULL);

	node_set(&arena, map, "k", node_new_string(&arena, NULL, text));
	emit_yaml(&out, map, &emit);
	CHECK_TEXT(strbuf_text(&out), expected);
}

TEST(strings_are_quoted_only_when_they_must_be)
{
	check_scalar("plain text", "k: plain text\n");
	check_scalar("127.0.0.1", "k: 127.0.0.1\n");
	check_scalar("8000-8010", "k: 8000-8010\n");
	check_scalar("8080", "k: \"8080\"\n");
	check_scalar("true", "k: \"true\"\n");
	check_scalar("no", "k: 'no'\n");
	check_scalar("", "k: \"\"\n");
	check_scalar("22:22", "k: '22:22'\n");
	check_scalar("2026-01-02", "k: '2026-01-02'\n");
	check_scalar("a: b", "k: 'a: b'\n");
	check_scalar("it's", "k: it's\n");
	check_scalar("*x", "k: '*x'\n");
	check_scalar(" x", "k: ' x'\n");
	check_scalar("a\tb", "k: \"a\\tb\"\n");
	check_scalar("\x1b[31m", "k: \"\\u001b[31m\"\n");
	check_scalar("cost $5", "k: cost $$5\n");
	check_scalar("one\ntwo\n", "k: |\n  one\n  two\n");
	check_scalar("one\n\ntwo", "k: |-\n  one\n\n  two\n");
	check_scalar("one\n\n", "k: |+\n  one\n\n");
	check_scalar(" one\ntwo", "k: \" one\\ntwo\"\n");
}

/* Loads a compose file's text with @environment; the arena keeps the model. */
static void load(struct project *project, struct arena *arena, const char *text, char **environment)
{
	const char *directory;
	auto_close int fd = test_directory(&directory);
	struct error err = {0};
	char path[256], *files[] = {path, NULL};
	const struct project_request request = {
		.files = files, .environment = environment, .name = "p"};

	snprintf(path, sizeof(path), "%s/compose.yaml", directory);
	CHECK_OK(file_replace(fd, "compose.yaml", text, strlen(text), 0644, &err));
	CHECK_OK(project_load(project, &request, arena, NULL, &err));
}

static void hash(char hex[65], const char *text)
{
	auto_arena struct arena arena = {0};
	char *environment[] = {NULL};
	struct project project;

	load(&project, &arena, text, environment);
	project_service_hash(hex, &project, project_find_service(&project, "a"));
}

TEST(the_hash_is_of_what_shapes_the_container)
{
	char base[65], same[65], other[65];

	hash(base, "services: {a: {image: i, environment: {A: 1, B: 2}}, b: {image: b}}");
	CHECK_INT(strlen(base), 64);
	hash(same, "services: {b: {image: b}, a: {environment: [B=2, A=1], image: i, scale: 3,\n"
		   "  profiles: [], pull_policy: always, build: {context: .}, depends_on: [b],\n"
		   "  x-note: n, deploy: {replicas: 3}}}");
	hash(other, "services: {a: {image: i, environment: {A: 1, B: 3}}, b: {image: b}}");
	CHECK(strcmp(base, other) != 0);
	hash(other, "services: {b: {image: b}, a: {environment: [B=2, A=1], image: i, scale: 1,\n"
		    "  depends_on: [], deploy: {replicas: 1}}}");
	CHECK_TEXT(same, other);
}

TEST(extensions_of_services_are_in_yaml_and_those_of_the_project_in_both)
{
	auto_arena struct arena arena = {0};
	auto_strbuf struct strbuf yaml = {0}, json = {0};
	struct project project;

	load(&project, &arena,
	     "services: {a: {image: i, x-own: 1, ports: [{target: 1, x-port: 2}]}}\nx-top: 3\n",
	     NULL);
	project_print(&yaml, &project, PROJECT_YAML);
	project_print(&json, &project, PROJECT_JSON);
	CHECK(strstr(strbuf_text(&yaml), "x-own: 1") && strstr(strbuf_text(&yaml), "x-port: 2"));
	CHECK(!strstr(strbuf_text(&json), "x-own") && !strstr(strbuf_text(&json), "x-port"));
	CHECK(strstr(strbuf_text(&yaml), "x-top: 3") && strstr(strbuf_text(&json), "\"x-top\": 3"));
}

TEST(a_secret_from_a_variable_is_in_the_model_and_nowhere_else)
{
	auto_arena struct arena arena = {0};
	auto_strbuf struct strbuf yaml = {0}, json = {0};
	char *environment[] = {(char *)"TOKEN=hush-hush", NULL};
	struct project project;

	load(&project, &arena,
	     "services: {a: {image: i, secrets: [t]}}\nsecrets: {t: {environment: TOKEN}}\n",
	     environment);
	CHECK_TEXT(project_find_file(&project.secrets, "t")->value, "hush-hush");
	project_print(&yaml, &project, PROJECT_YAML);
	project_print(&json, &project, PROJECT_JSON);
	CHECK(!strstr(strbuf_text(&yaml), "hush-hush"));
	CHECK(!strstr(strbuf_text(&json), "hush-hush"));
}

TEST(what_is_not_given_can_be_told_from_zero_and_empty)
{
	auto_arena struct arena arena = {0};
	char *environment[] = {NULL};
	struct project project;
	const struct service *a, *b;

	load(&project, &arena,
	     "services:\n"
	     "  a: {image: i}\n"
	     "  b: {image: i, command: [], tty: false, scale: 0, cpus: 0, oom_score_adj: 0,\n"
	     "      networks: {z: , y: {}}, environment: [A=1, GONE]}\n"
	     "networks: {y: , z: }\n",
	     environment);
	a = project_find_service(&project, "a");
	b = project_find_service(&project, "b");
	CHECK(!a->command && b->command && !*b->command);
	CHECK_INT(a->tty, TRISTATE_UNSET);
	CHECK_INT(b->tty, TRISTATE_FALSE);
	CHECK(a->scale == MODEL_UNSET && b->scale == 0);
	CHECK(a->cpus < 0 && b->cpus >= 0);
	CHECK(a->oom_score_adj == MODEL_UNSET && b->oom_score_adj == 0);
	CHECK_INT(project_replicas(a), 1);
	CHECK_INT(project_replicas(b), 0);
	/* in the order of the file */
	CHECK_TEXT(b->networks.items[0].network, "z");
	CHECK_TEXT(b->networks.items[1].network, "y");
	CHECK_TEXT(b->environment[0], "A=1");
	CHECK_TEXT(b->environment[1], "GONE");
	CHECK_TEXT(a->networks.items[0].network, "default");
	CHECK_INT(b->where.line, 3);
	CHECK(!project_find_service(&project, "zzz"));
}

TEST(the_name_is_found_without_a_file_too)
{
	char *environment[] = {(char *)"COMPOSE_PROJECT_NAME=from-env", NULL};
	const char *directory;
	auto_close int fd = test_directory(&directory);
	struct project_request request = {.environment = environment, .directory = directory};
	struct error err = {0};
	auto_free char *name = NULL, *other = NULL;

	CHECK(fd >= 0);
	CHECK_OK(project_find_name(&request, &name, &err));
	CHECK_TEXT(name, "from-env");
	request.name = "option";
	CHECK_OK(project_find_name(&request, &other, &err));
	CHECK_TEXT(other, "option");
}

TEST(hostile_files_end_with_an_error)
{
	static const char *const texts[] = {
		"services: {a: {image: i, ports: ['1-65535:1-65535', '1-65535:1-65535']}}",
		"services: {a: {image: i, cpuset: '0-9223372036854775807', mem_limit: -5}}",
		"services: {a: {image: i, extends: {file: /dev/zero, service: x}}}",
		"services: {a: {image: i, env_file: /dev/zero}}",
		"include: [/proc/self/mem]",
	};
	char *environment[] = {NULL};
	const char *directory;
	auto_close int fd = test_directory(&directory);
	char path[256], *files[] = {path, NULL};
	const struct project_request request = {
		.files = files, .environment = environment, .name = "p"};

	snprintf(path, sizeof(path), "%s/compose.yaml", directory);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		auto_arena struct arena arena = {0};
		struct error err = {0};
		struct project project;

		CHECK_OK(file_replace(fd, "compose.yaml", texts[i], strlen(texts[i]), 0644, &err));
		if (project_load(&project, &request, &arena, NULL, &err) == 0)
			fail_msg("loaded: %s", texts[i]);
		CHECK(*err.text);
	}
}
