/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/schema.h"

#include "compose/problems.h"

#include "base/cleanup.h"
#include "base/map.h"

#include "harness.h"

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
	CHECK(strstr(strbuf_text(&out), "| `services.*.deploy.update_config.order` | honoured, "
					"better than Docker Compose |"));
	CHECK(strstr(strbuf_text(&out), "| `networks.*.ipam.config[].subnet` | honoured |"));
	CHECK(!strstr(strbuf_text(&out), "#"));
}
