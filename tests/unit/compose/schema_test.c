/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/schema.h"

#include "compose/problems.h"
#include "compose/yaml_tree.h"

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

TEST(misspelt_keys_get_a_suggestion)
{
	CHECK_TEXT(schema_suggest(&schema_service, "imgae"), "image");
	CHECK_TEXT(schema_suggest(&schema_service, "port"), "ports");
	CHECK_TEXT(schema_suggest(&schema_service, "healtcheck"), "healthcheck");
	CHECK(!schema_suggest(&schema_service, "zzzzzz"));
	CHECK_INT(problem_distance("kitten", "sitting"), 3);
}

TEST(the_description_has_every_attribute)
{
	auto_strbuf struct strbuf out = {0};

	schema_describe(&out);
	CHECK(strstr(strbuf_text(&out), "| `services.*.volumes_from` | honoured, better than "
					"Docker Compose |"));
	/* What belongs to an attribute without effect has none either. */
	CHECK(strstr(strbuf_text(&out), "| `services.*.deploy.update_config.order` | no effect, "
					"with a warning |"));
	CHECK(strstr(strbuf_text(&out), "| `services.*.build.target` | not yet |"));
	CHECK(strstr(strbuf_text(&out), "| `networks.*.ipam.config[].subnet` | honoured |"));
	CHECK(!strstr(strbuf_text(&out), "#"));
}

/* ------------------------------------------------------------------ a golden case for every row */

#define GOLDEN "tests/compose-golden"

static struct map used; /* "services.*.ports[].target" */
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
		map_set(&used, strbuf_text(&path), NULL);
		mark_value(field, pair->value, strbuf_text(&path));
	}
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
	if (type != FTW_F || !end || (strcmp(end, ".yaml") != 0 && strcmp(end, ".yml") != 0))
		return 0;
	CHECK_OK(file_read(AT_FDCWD, path, 1 << 20, &text, &err));
	if (yaml_tree_parse(&documents, &(struct yaml_input){strbuf_text(&text), text.length, path},
			    &arena, &budget, &err) < 0)
		return 0; /* a case about bad YAML */
	for (size_t i = 0; i < documents.count; i++)
		mark_map(&schema_project, documents.items[i], "");
	files++;
	return 0;
}

static void list_unused(struct strbuf *out, const struct shape *shape, const char *prefix)
{
	for (size_t i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];
		auto_strbuf struct strbuf path = {0};

		if (field->flags & FIELD_HIDDEN)
			continue;
		strbuf_printf(&path, "%s.%s", prefix, field->key);
		if (!map_has(&used, strbuf_text(&path)))
			strbuf_printf(out, "  %s\n", strbuf_text(&path) + 1);
		else if (field->shape)
			list_unused(out, field->shape, strbuf_text(&path));
	}
}

TEST(every_attribute_has_a_golden_case)
{
	auto_strbuf struct strbuf unused = {0};

	CHECK(nftw(GOLDEN, mark_file, 16, FTW_PHYS) == 0);
	CHECK(files > 300);
	list_unused(&unused, &schema_project, "");
	map_release(&used);
	if (unused.length)
		fail_msg("no file of " GOLDEN " uses:\n%s", strbuf_text(&unused));
}
