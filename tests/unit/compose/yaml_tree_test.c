/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/yaml_tree.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"

#include "harness.h"

#include <string.h>

static struct arena arena;
static struct error err;

static struct node *parse(const char *text)
{
	struct node_budget budget = {.left = 1000};
	struct yaml_documents documents;

	memset(&err, 0, sizeof(err));
	if (yaml_tree_parse(&documents, &(struct yaml_input){text, strlen(text), "f.yaml"}, &arena,
			    &budget, &err) < 0)
		return NULL;
	return documents.count ? documents.items[0] : NULL;
}

TEST(nodes_know_where_they_stand)
{
	const struct node *root = parse("a:\n  b: [x, \"y\"]\n");
	const struct node *list = node_get(node_get(root, "a"), "b");

	CHECK_INT(list->count, 2);
	CHECK_INT(list->items[1]->line, 2);
	CHECK_INT(list->items[1]->column, 10);
	CHECK_TEXT(list->items[1]->file, "f.yaml");
	CHECK_INT(node_find(node_get(root, "a"), "b")->column, 3);
}

TEST(plain_scalars_have_the_types_of_yaml_1_2)
{
	static const struct {
		const char *text;
		enum node_type type;
	} cases[] = {
		{"yes", NODE_STRING},
		{"on", NODE_STRING},
		{"true", NODE_BOOL},
		{"False", NODE_BOOL},
		{"~", NODE_NULL},
		{"null", NODE_NULL},
		{"", NODE_NULL},
		{"0777", NODE_INT},
		{"0o777", NODE_INT},
		{"0x1F", NODE_INT},
		{"-5", NODE_INT},
		{"22:22", NODE_STRING},
		{"1e3", NODE_FLOAT},
		{".5", NODE_FLOAT},
		{"1.", NODE_FLOAT},
		{"1.2.3", NODE_STRING},
		{".", NODE_STRING},
		{"-", NODE_STRING},
		{".inf", NODE_FLOAT},
		{"+12", NODE_INT},
		{"0x", NODE_STRING},
		{"12abc", NODE_STRING},
		{"2026-01-02", NODE_STRING},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (node_guess_type(cases[i].text) != cases[i].type)
			fail_msg("'%s' is of type %d", cases[i].text,
				 node_guess_type(cases[i].text));
}

TEST(quoted_scalars_are_strings_and_tags_say_otherwise)
{
	const struct node *root = parse("[\"1\", '~', !!str 5, !!int \"7\", !reset x]");

	CHECK_INT(root->items[0]->type, NODE_STRING);
	CHECK_INT(root->items[1]->type, NODE_STRING);
	CHECK_INT(root->items[2]->type, NODE_STRING);
	CHECK_INT(root->items[3]->type, NODE_INT);
	CHECK_INT(root->items[4]->tag, NODE_RESET);
}

TEST(aliases_are_copies)
{
	struct node *root = parse("a: &x {k: 1}\nb: *x\n");

	node_get(node_get(root, "b"), "k")->text = (char *)"changed";
	CHECK_TEXT(node_get(node_get(root, "a"), "k")->text, "1");
}

TEST(merge_keys_give_way_to_own_keys_and_earlier_maps)
{
	const struct node *root =
		parse("a: &a {x: a, y: a}\nb: &b {y: b, z: b}\nc:\n  x: own\n  <<: [*a, *b]\n");
	const struct node *c = node_get(root, "c");

	CHECK_INT(c->count, 3);
	CHECK_TEXT(node_get(c, "x")->text, "own");
	CHECK_TEXT(node_get(c, "y")->text, "a");
	CHECK_TEXT(node_get(c, "z")->text, "b");
}

TEST(duplicate_keys_are_found_in_large_maps_too)
{
	struct strbuf text = {0};

	for (int i = 0; i < 100; i++)
		strbuf_printf(&text, "key%d: x\n", i);
	strbuf_add(&text, "key3: again\n");
	CHECK(!parse(strbuf_text(&text)));
	CHECK_TEXT(err.text, "f.yaml:101:1: mapping key \"key3\" already defined at line 4");
	strbuf_release(&text);
}

TEST(several_documents_come_in_order_without_empty_ones)
{
	static const char text[] = "a: 1\n---\n---\nb: 2\n...\n---\nc: 3\n";
	const struct yaml_input input = {text, strlen(text), "f"};
	struct node_budget budget = {.left = 10};
	struct yaml_documents documents;

	CHECK_OK(yaml_tree_parse(&documents, &input, &arena, &budget, &err));
	CHECK_INT(documents.count, 3);
	CHECK(node_get(documents.items[2], "c"));
}

TEST(anchors_end_with_their_document)
{
	static const char text[] = "a: &x 1\n---\nb: *x\n";
	const struct yaml_input input = {text, strlen(text), "f"};
	struct node_budget budget = {.left = 10};
	struct yaml_documents documents;

	CHECK(yaml_tree_parse(&documents, &input, &arena, &budget, &err) < 0);
	CHECK(strstr(err.text, "f:3:4: unknown anchor 'x'"));
}

TEST(a_byte_order_mark_is_skipped)
{
	CHECK(node_get(parse("\xef\xbb\xbf"
			     "a: 1\n"),
		       "a"));
}

TEST(hostile_documents_are_refused_quickly)
{
	struct strbuf text = {0};

	for (int i = 0; i < 100000; i++)
		strbuf_add_char(&text, '[');
	CHECK(!parse(strbuf_text(&text)));
	CHECK(strstr(err.text, "nested deeper than 100 levels"));
	strbuf_clear(&text);
	strbuf_add(&text, "- &a [");
	for (int i = 0; i < 1000; i++)
		strbuf_add(&text, "x,");
	strbuf_add(&text, "]\n- [*a,*a]\n");
	CHECK(!parse(strbuf_text(&text)));
	CHECK(strstr(err.text, "maximum node visit limit"));
	strbuf_clear(&text);
	for (int i = 0; i <= YAML_TREE_NODE_LIMIT; i++)
		strbuf_add(&text, "-\n");
	CHECK(!parse(strbuf_text(&text)));
	CHECK(strstr(err.text, "maximum node visit limit"));
	strbuf_release(&text);
	CHECK(!parse("a: \x01"));
	CHECK(err.code == ERROR_INVALID);
	CHECK(!parse("{a: 1"));
	CHECK(!parse("? [a]\n: b\n"));
}
