/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/schema.h"

#include "compose/model/problems.h"
#include "compose/model/project.h"
#include "compose/model/yaml_tree.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/map.h"
#include "base/strbuf.h"

#include "harness.h"

#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <unistd.h>

static void check_shape(const struct shape *shape, struct map *seen)
{
	if (map_has(seen, shape->name) && map_get(seen, shape->name) == shape)
		return;
	map_set(seen, shape->name, (void *)shape);
	for (size_t i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];

		if (schema_find(shape, field->key) != field)
			fail_msg("%s.%s is not found: large tables must be sorted", shape->name,
				 field->key);
		if (field->offset >= shape->size)
			fail_msg("%s.%s lies outside its struct", shape->name, field->key);
		if (field->support != SUPPORT_FULL && !field->note)
			fail_msg("%s.%s has no note", shape->name, field->key);
		if ((field->kind == KIND_OBJECT || field->kind == KIND_LIST ||
		     field->kind == KIND_MAP) != (field->shape != NULL))
			fail_msg("%s.%s: kind and shape disagree", shape->name, field->key);
		if (field->merge == MERGE_KEYED && !field->shape->identity)
			fail_msg("%s.%s merges by a key that it has not", shape->name, field->key);
		if (field->shape)
			check_shape(field->shape, seen);
	}
}

TEST(the_table_is_sound)
{
	auto_map struct map seen = {0};

	check_shape(&schema_project, &seen);
	CHECK(seen.count > 30);
}

static const char *suggest(const char *key)
{
	const char *names[SCHEMA_MOST_NAMES];

	schema_names(&schema_service, names);
	return problem_suggest(names, key);
}

TEST(misspelt_keys_get_a_suggestion)
{
	CHECK_TEXT(suggest("imgae"), "image");
	CHECK_TEXT(suggest("port"), "ports");
	CHECK_TEXT(suggest("healtcheck"), "healthcheck");
	CHECK(!suggest("zzzzzz"));
	CHECK_INT(problem_distance("kitten", "sitting"), 3);
}

TEST(the_description_has_every_attribute)
{
	auto_strbuf struct strbuf out = {0};

	project_describe_attributes(&out);
	CHECK(strstr(strbuf_text(&out), "| `services.*.volumes_from` | honoured, better than "
					"Docker Compose |"));
	/* What belongs to an attribute without effect has none either. */
	CHECK(strstr(strbuf_text(&out), "| `services.*.deploy.placement.constraints` | no effect, "
					"with a warning |"));
	CHECK(strstr(strbuf_text(&out), "| `networks.*.ipam.config[].subnet` | honoured |"));
	CHECK(!strstr(strbuf_text(&out), "#"));
}

/* ------------------------------------------------------------------ golden cases for every row */

#define GOLDEN "tests/compose-golden"

static struct map accepted; /* "services.*.ports[].target": in a case that loads */
static struct map refused;  /* the same: an expected.error says what is wrong there */
static unsigned files;

static void mark_map(const struct shape *shape, const struct node *map, const char *prefix);

static void mark_value(const struct field *field, const struct node *value, const char *path)
{
	if (field->kind == KIND_OBJECT)
		mark_map(field->shape, value, path);
	for (unsigned i = 0; field->kind == KIND_LIST && node_is_list(value) && i < value->count;
	     i++)
		mark_map(field->shape, value->items[i], path);
	if (field->kind == KIND_MAP && node_is_map(value))
		each_pair (pair, value)
			mark_map(field->shape, pair->value, path);
}

static void mark_map(const struct shape *shape, const struct node *map, const char *prefix)
{
	if (!node_is_map(map))
		return;
	each_pair (pair, map) {
		const struct field *field = schema_find(shape, pair->key);
		auto_strbuf struct strbuf path = {0};

		if (!field)
			continue;
		strbuf_printf(&path, "%s.%s", prefix, pair->key);
		map_set(&accepted, strbuf_text(&path), NULL);
		mark_value(field, pair->value, strbuf_text(&path));
	}
}

/* "services.web.ports[1].target: …" to ".services.ports.target", as far as the table knows it. */
static void mark_error(const char *text)
{
	const struct shape *shape = &schema_project;
	auto_strbuf struct strbuf path = {0};
	bool is_name = false;

	while (shape || is_name) {
		size_t length = strcspn(text, ".[: ");
		auto_free char *key = strndup(text, length);
		const struct field *field = is_name ? NULL : schema_find(shape, key);

		if (!field && !is_name)
			return;
		if (field)
			strbuf_printf(&path, ".%s", key);
		text += length;
		text += *text == '[' ? strcspn(text, "]") + 1 : 0;
		if (*text == ':')
			map_set(&refused, strbuf_text(&path), NULL);
		if (*text++ != '.')
			return;
		is_name = field && field->kind == KIND_MAP;
		if (field)
			shape = field->shape;
	}
}

static void mark_errors(char *text)
{
	char *line;

	while ((line = strsep(&text, "\n"))) {
		char *place = strstr(line, ": ");

		if (place)
			mark_error(place + 2);
	}
}

static bool loads(const char *path)
{
	const char *end = strchr(path + strlen(GOLDEN) + 1, '/');
	auto_strbuf struct strbuf expected = {0};

	strbuf_add_n(&expected, path, (size_t)(end - path));
	strbuf_add(&expected, "/expected.json");
	return access(strbuf_text(&expected), F_OK) == 0;
}

static int mark_file(const char *path, const struct stat *info, int type, struct FTW *walk)
{
	const char *end = strrchr(path, '.');
	auto_arena struct arena arena = {0};
	auto_strbuf struct strbuf text = {0};
	struct node_budget budget = {.left = 100000};
	struct yaml_documents documents;
	struct error err = {0};

	(void)info;
	(void)walk;
	if (type != FTW_F || !end)
		return 0;
	if (strcmp(end, ".error") == 0) {
		CHECK_OK(file_read(AT_FDCWD, path, 1 << 20, &text, &err));
		mark_errors(text.text);
	}
	if ((strcmp(end, ".yaml") != 0 && strcmp(end, ".yml") != 0) || !loads(path))
		return 0;
	CHECK_OK(file_read(AT_FDCWD, path, 1 << 20, &text, &err));
	CHECK_OK(yaml_tree_parse(&documents,
				 &(struct yaml_input){strbuf_text(&text), text.length, path},
				 &arena, &budget, &err));
	for (size_t i = 0; i < documents.count; i++)
		mark_map(&schema_project, documents.items[i], "");
	files++;
	return 0;
}

static void list_missing(struct strbuf *out, const struct shape *shape, const char *prefix)
{
	for (size_t i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];
		auto_strbuf struct strbuf path = {0};

		if (field->flags & FIELD_HIDDEN)
			continue;
		strbuf_printf(&path, "%s.%s", prefix, field->key);
		if (!map_has(&accepted, strbuf_text(&path)))
			strbuf_printf(out, "  %s is in no project that loads\n",
				      strbuf_text(&path) + 1);
		/* What is kept as written cannot be wrong. */
		if (!map_has(&refused, strbuf_text(&path)) && field->kind != KIND_NODE)
			strbuf_printf(out, "  %s is refused by no expected.error\n",
				      strbuf_text(&path) + 1);
		if (field->shape)
			list_missing(out, field->shape, strbuf_text(&path));
	}
}

TEST(every_attribute_has_golden_cases_right_and_wrong)
{
	auto_strbuf struct strbuf missing = {0};

	CHECK(nftw(GOLDEN, mark_file, 16, FTW_PHYS) == 0);
	CHECK(files > 200);
	list_missing(&missing, &schema_project, "");
	map_release(&accepted);
	map_release(&refused);
	if (missing.length)
		fail_msg("of the attributes in compose/model/schema.c, in " GOLDEN ":\n%s",
			 strbuf_text(&missing));
}

/* ------------------------------------------------------------------ the rules */

/* "| rule | `case`, `case` |": every case is there, every rule has one. */
static unsigned check_rule(char *line, struct strbuf *missing)
{
	char *cases = strrchr(line, '|') > line ? line : NULL;
	unsigned count = 0;

	for (char *p = line; (p = strstr(p, " | ")); p += 3)
		cases = p + 3;
	while (cases && (cases = strchr(cases, '`'))) {
		char *end = strchr(++cases, '`');
		auto_strbuf struct strbuf path = {0};

		CHECK(end != NULL);
		*end = '\0';
		strbuf_printf(&path, GOLDEN "/%s", cases);
		if (access(strbuf_text(&path), F_OK) < 0)
			strbuf_printf(missing, "  there is no case %s\n", cases);
		cases = end + 1;
		count++;
	}
	if (!count)
		strbuf_printf(missing, "  a rule without a case: %.80s\n", line);
	return count;
}

TEST(every_rule_has_golden_cases)
{
	auto_strbuf struct strbuf text = {0}, missing = {0};
	struct error err = {0};
	char *rest, *line;
	unsigned rules = 0;

	CHECK_OK(file_read(AT_FDCWD, GOLDEN "/RULES.md", 1 << 20, &text, &err));
	rest = text.text;
	while ((line = strsep(&rest, "\n")))
		if (strncmp(line, "| ", 2) == 0 && strncmp(line, "| ---", 5) != 0 &&
		    strncmp(line, "| rule", 6) != 0)
			rules += check_rule(line, &missing) > 0;
	CHECK(rules > 100);
	if (missing.length)
		fail_msg("in " GOLDEN "/RULES.md:\n%s", strbuf_text(&missing));
}
