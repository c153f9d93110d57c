/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/export/carried.h"

#include "base/cleanup.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "compose/model/project.h"

#include "harness.h"

#include <string.h>

static void add_path(const struct project_attribute *attribute, void *data)
{
	map_set(data, attribute->path, NULL);
}

static void need_row(const struct project_attribute *attribute, void *data)
{
	(void)data;
	if (!export_find_row(attribute->path))
		fail_msg("'%s' has no row in compose/export/carried.c: what becomes of it?",
			 attribute->path);
}

TEST(every_attribute_is_carried_or_said_to_be_lost)
{
	project_each_attribute(need_row, NULL);
}

TEST(every_row_is_about_an_attribute_and_has_a_text)
{
	auto_map struct map paths = {0};

	project_each_attribute(add_path, &paths);
	for (size_t i = 0; i < export_row_count; i++) {
		const struct carried *row = &export_rows[i];
		auto_strbuf struct strbuf path = {0};
		const char *stars = strstr(row->path, ".**");

		strbuf_add_n(&path, row->path,
			     stars ? (size_t)(stars - row->path) : strlen(row->path));
		if (!map_has(&paths, strbuf_text(&path)))
			fail_msg("there is no attribute '%s'", row->path);
		for (size_t j = 0; j < EXPORT_TARGETS; j++)
			if (!row->to[j].text || !*row->to[j].text)
				fail_msg("'%s' does not say what becomes of it", row->path);
		if (export_find_row(strbuf_text(&path)) != row)
			fail_msg("'%s' has two rows", row->path);
	}
}

TEST(a_row_with_stars_speaks_for_what_is_below_and_for_nothing_beside)
{
	CHECK(export_find_row("services.*.build"));
	CHECK(export_find_row("services.*.build.args"));
	CHECK(export_find_row("services.*.gpus[].driver"));
	CHECK(!export_find_row("services.*.builder"));
	CHECK(!export_find_row("services.*.image.below"));
}
