/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/place.h"

#include "compose/model/yaml_tree.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"

#include "harness.h"

#include <string.h>

static void check(const struct node *tree, const struct step *way, unsigned line, unsigned column)
{
	struct location where = place_find(tree, way);
	auto_strbuf struct strbuf path = {0};

	place_format(&path, way);
	if (where.line != line || where.column != column)
		fail_msg("%s is at %u:%u", strbuf_text(&path), where.line, where.column);
}

TEST(scalars_and_items_are_where_they_stand_others_at_their_key)
{
	static const char text[] = "services:\n"
				   "  web:\n"
				   "    image: nginx\n"
				   "    ports:\n"
				   "      - \"80:80\"\n"
				   "      - {target: 81}\n"
				   "    build:\n";
	auto_arena struct arena arena = {0};
	struct node_budget budget = {.left = 10};
	struct yaml_documents documents;
	struct error err = {0};
	const struct node *tree;

	CHECK_OK(yaml_tree_parse(&documents, &(struct yaml_input){text, strlen(text), "f"}, &arena,
				 &budget, &err));
	tree = documents.items[0];
	check(tree, WAY(KEY("services")), 1, 1);
	check(tree, WAY(KEY("services"), KEY("web")), 2, 3);
	check(tree, WAY(KEY("services"), KEY("web"), KEY("image")), 3, 12);
	check(tree, WAY(KEY("services"), KEY("web"), KEY("ports")), 4, 5);
	check(tree, WAY(KEY("services"), KEY("web"), KEY("ports"), ITEM(0)), 5, 9);
	check(tree, WAY(KEY("services"), KEY("web"), KEY("ports"), ITEM(1), KEY("target")), 6, 18);
	check(tree, WAY(KEY("services"), KEY("web"), KEY("build")), 7, 5);
	/* what is not there is where it would be */
	check(tree, WAY(KEY("services"), KEY("web"), KEY("ports"), ITEM(2)), 4, 5);
	check(tree, WAY(KEY("services"), KEY("web"), KEY("image"), KEY("x")), 3, 12);
	check(tree, WAY(KEY("services"), KEY("db"), KEY("image")), 1, 1);
	check(tree, WAY(KEY("volumes")), 0, 0);
	check(NULL, WAY(KEY("services")), 0, 0);
}

TEST(ways_read_as_paths)
{
	auto_strbuf struct strbuf path = {0};

	place_format(&path, WAY(KEY("services"), KEY("a.b"), KEY("ports"), ITEM(3), KEY("target")));
	CHECK_TEXT(strbuf_text(&path), "services.a.b.ports[3].target");
}
