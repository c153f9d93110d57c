/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/yaml_tree.h"

#include "compose/model/emit.h"

#include "base/arena.h"
#include "base/cleanup.h"
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

/* ------------------------------------------------------------------ styles, as compact JSON */

struct sample {
	const char *yaml, *expected;
};

/* The documents one after the other, or the error. */
static void load(struct strbuf *out, const char *text)
{
	auto_arena struct arena memory = {0};
	struct node_budget budget = {.left = 1000};
	const struct emit emit = {0};
	struct yaml_documents documents;
	struct error failure = {0};

	if (yaml_tree_parse(&documents, &(struct yaml_input){text, strlen(text), "f"}, &memory,
			    &budget, &failure) < 0) {
		strbuf_add(out, failure.text);
		return;
	}
	for (size_t i = 0; i < documents.count; i++) {
		strbuf_add(out, i ? " " : "");
		emit_json(out, documents.items[i], &emit, false);
	}
}

static void check(const struct sample *samples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		auto_strbuf struct strbuf out = {0};

		load(&out, samples[i].yaml);
		if (strcmp(strbuf_text(&out), samples[i].expected) != 0)
			fail_msg("from:\n%s\nexpected %s\ngot      %s", samples[i].yaml,
				 samples[i].expected, strbuf_text(&out));
	}
}

#define CHECK_SAMPLES(samples) check(samples, array_length(samples))

TEST(block_collections)
{
	static const struct sample samples[] = {
		{"a: 1\nb:\n  c: 2\n", "{\"a\":1,\"b\":{\"c\":2}}"},
		{"a:\n- 1\n- 2\nb: 3\n", "{\"a\":[1,2],\"b\":3}"},
		{"a:\n    - 1\n    -   - 2\n        - 3\n", "{\"a\":[1,[2,3]]}"},
		{"- a: 1\n  b: 2\n-\n  c: 3\n", "[{\"a\":1,\"b\":2},{\"c\":3}]"},
		{"a:\nb: \nc: ~\n", "{\"a\":null,\"b\":null,\"c\":null}"},
		{"? a\n: 1\n? b\n", "{\"a\":1,\"b\":null}"},
		{"a: {}\nb: []\n", "{\"a\":{},\"b\":[]}"},
		{"'a': 1\n\"b c\": 2\n", "{\"a\":1,\"b c\":2}"},
	};

	CHECK_SAMPLES(samples);
}

TEST(flow_collections)
{
	static const struct sample samples[] = {
		{"{a: 1, b: [x, y z, ], c: {d: , e}, }",
		 "{\"a\":1,\"b\":[\"x\",\"y z\"],\"c\":{\"d\":null,\"e\":null}}"},
		{"{\"a\":1,'b':2,\"c\":\"x\"}", "{\"a\":1,\"b\":2,\"c\":\"x\"}"},
		{"[a: 1, b]", "[{\"a\":1},\"b\"]"},
		{"a: [1,\n  2, # two\n  3\n]\n", "{\"a\":[1,2,3]}"},
		{"[http://h:80/x?y=1, 8080:80, -a, a-b]",
		 "[\"http://h:80/x?y=1\",\"8080:80\",\"-a\",\"a-b\"]"},
		{"[[], {}, [[]]]", "[[],{},[[]]]"},
		{"a: [\"CMD-SHELL\", \"x || exit 1\"]", "{\"a\":[\"CMD-SHELL\",\"x || exit 1\"]}"},
	};

	CHECK_SAMPLES(samples);
}

TEST(plain_and_quoted_scalars)
{
	static const struct sample samples[] = {
		{"a: one two\n  three\n\n  four\n", "{\"a\":\"one two three\\nfour\"}"},
		{"a: 'it''s'\nb: 'x\n\n  y'\n", "{\"a\":\"it's\",\"b\":\"x\\ny\"}"},
		{"a: \"\\t\\n\\\"\\\\\\/\\x41\\u00e9\\U0001F433\\e\"",
		 "{\"a\":\"\\t\\n\\\"\\\\/A\xc3\xa9\xf0\x9f\x90\xb3\\u001b\"}"},
		{"a: \"one \\\n   two\\\n   \\ three\"", "{\"a\":\"one two three\"}"},
		{"a: x#y\nb: x # y\nc: 'x # y'\n", "{\"a\":\"x#y\",\"b\":\"x\",\"c\":\"x # y\"}"},
		{"a: -x\nb: ?x\nc: :x\nd: x:y\n",
		 "{\"a\":\"-x\",\"b\":\"?x\",\"c\":\":x\",\"d\":\"x:y\"}"},
		{"a: \"1\"\nb: 'true'\nc: \"null\"\nd: ''\n",
		 "{\"a\":\"1\",\"b\":\"true\",\"c\":\"null\",\"d\":\"\"}"},
		{"a: 0o17\nb: 0x1f\nc: 1_000\nd: +1\ne: .5\nf: 1e3\ng: 12:30\nh: 1.2.3\n",
		 "{\"a\":\"0o17\",\"b\":\"0x1f\",\"c\":\"1_000\",\"d\":\"+1\",\"e\":\".5\","
		 "\"f\":1e3,\"g\":\"12:30\",\"h\":\"1.2.3\"}"},
		{"a: yes\nb: Off\nc: True\nd: FALSE\ne: Null\nf: nUll\n",
		 "{\"a\":\"yes\",\"b\":\"Off\",\"c\":true,\"d\":false,\"e\":null,\"f\":\"nUll\"}"},
	};

	CHECK_SAMPLES(samples);
}

TEST(block_scalars)
{
	static const struct sample samples[] = {
		{"a: |\n  x\n   y\n\n  z\n", "{\"a\":\"x\\n y\\n\\nz\\n\"}"},
		{"a: |-\n  x\n\nb: |+\n  y\n\nc: |\n  z\n\n",
		 "{\"a\":\"x\",\"b\":\"y\\n\\n\",\"c\":\"z\\n\"}"},
		{"a: >\n  x\n  y\n\n  z\n    kept\n  end\n",
		 "{\"a\":\"x y\\nz\\n  kept\\nend\\n\"}"},
		{"a: >-\n  x\n  y\n", "{\"a\":\"x y\"}"},
		{"a: |2\n    x\n", "{\"a\":\"  x\\n\"}"},
		{"a: |1-\n   x\n", "{\"a\":\"  x\"}"},
		{"a: | # comment\n  x # text\n", "{\"a\":\"x # text\\n\"}"},
		{"- |\n x\n- >\n y\n", "[\"x\\n\",\"y\\n\"]"},
		{"a: |\nb: 1\n", "{\"a\":\"\",\"b\":1}"},
		{"a: |\r\n  x\r\n  y\r\n", "{\"a\":\"x\\ny\\n\"}"},
	};

	CHECK_SAMPLES(samples);
}

TEST(tags_anchors_and_merge_keys)
{
	static const struct sample samples[] = {
		{"a: !!str 1\nb: !!int \"2\"\nc: !!null ''\nd: !!bool \"true\"\ne: !!float '1.5'\n",
		 "{\"a\":\"1\",\"b\":2,\"c\":null,\"d\":true,\"e\":1.5}"},
		{"a: ! 1\nb: !x 1\nc: !x y\nd: !x {e: 1}\nf: !<tag:yaml.org,2002:str> 1\n",
		 "{\"a\":\"1\",\"b\":1,\"c\":\"y\",\"d\":{\"e\":1},\"f\":\"1\"}"},
		{"%TAG !y! tag:yaml.org,2002:\n---\na: !y!str 1\n", "{\"a\":\"1\"}"},
		{"a: &x [1, &y 2]\nb: *x\nc: *y\n", "{\"a\":[1,2],\"b\":[1,2],\"c\":2}"},
		{"a: &x 1\nb: &x 2\nc: *x\n", "{\"a\":1,\"b\":2,\"c\":2}"},
		{"a: &x !!str 1\nb: !!str &y 2\nc: [*x, *y]\n",
		 "{\"a\":\"1\",\"b\":\"2\",\"c\":[\"1\",\"2\"]}"},
		{"&k a: 1\nb: *k\n", "{\"a\":1,\"b\":\"a\"}"},
		{"a: &x k\n*x : 1\n", "{\"a\":\"k\",\"k\":1}"},
		{"a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\n",
		 "{\"a\":{\"b\":1,\"c\":2},\"d\":{\"c\":3,\"b\":1}}"},
		/* Quoted it is a key like others. */
		{"a: {\"<<\": {b: 1}}\n", "{\"a\":{\"<<\":{\"b\":1}}}"},
		{"a: &x\n  b: 1\nc:\n  <<: [*x, {b: 2, d: 3}]\n",
		 "{\"a\":{\"b\":1},\"c\":{\"b\":1,\"d\":3}}"},
	};

	CHECK_SAMPLES(samples);
}

TEST(directives_documents_and_comments)
{
	static const struct sample samples[] = {
		{"", ""},
		{"# only\n", ""},
		{"---\n", ""},
		{"--- a\n--- b\n", "\"a\" \"b\""},
		{"a: 1\n...\n---\nb: 2\n...\n", "{\"a\":1} {\"b\":2}"},
		{"%YAML 1.1\n---\na: 1\n", "{\"a\":1}"},
		{"%YAML 1.2\n--- # here\na: 1 # there\n# end\n", "{\"a\":1}"},
		{"\n\n  # indented\na:   1\n\n", "{\"a\":1}"},
		{"a:\n  # between\n  b: 1\n# less\n  # more\n  c: 2\n",
		 "{\"a\":{\"b\":1,\"c\":2}}"},
		{"--- {a: 1}\n--- [b]\n", "{\"a\":1} [\"b\"]"},
	};

	CHECK_SAMPLES(samples);
}

TEST(text_is_utf_8_with_and_without_a_mark)
{
	static const struct sample samples[] = {
		{"\xef\xbb\xbf"
		 "a: 1\n",
		 "{\"a\":1}"},
		{"\xef\xbb\xbf# c\n---\na: \xc3\xa4\n", "{\"a\":\"\xc3\xa4\"}"},
		{"\xe6\x97\xa5: \xf0\x9f\x90\xb3\n", "{\"\xe6\x97\xa5\":\"\xf0\x9f\x90\xb3\"}"},
		/* columns count characters */
		{"\"\xc3\xa4\xc3\xb6\": [}\n",
		 "f:1:8: did not find expected node content while parsing a flow node"},
	};

	CHECK_SAMPLES(samples);
}

TEST(bad_yaml_has_a_place)
{
	static const struct sample samples[] = {
		{"a: 1\n b: 2\n",
		 "f:2:3: mapping values are not allowed in this context; put a text "
		 "with ': ' in quotes"},
		{"a:\n  b: 1\n c: 2\n",
		 "f:3:2: did not find expected key: this line is indented by 1, the mapping that "
		 "it would belong to by 0 (it begins at line 1); check the indentation"},
		{"a:\n  b: 1\n  - c\n",
		 "f:3:3: a list item stands in a mapping; write all its entries as 'NAME: value' "
		 "or all as '- NAME=value', or is the line indented too little?"},
		{"a:\n- b\nc: 1\n- d\n",
		 "f:4:1: a list item stands in a mapping; write all its entries as 'NAME: value' "
		 "or all as '- NAME=value', or is the line indented too little?"},
		{"a:\n  - b\n  c: 1\n",
		 "f:3:3: this is no item of the list that begins at line 2; write all its entries "
		 "as '- NAME=value' or all as 'NAME: value'"},
		{"a:\n  b:c\n  d:\n    - x\n", "f:2:5: a blank is missing behind 'b:'"},
		{"a: 'it's'\n", "f:1:8: did not find expected key; the quote that is opened at 1:4 "
				"ends before this; a ' inside is written ''"},
		{"a: \"b\"c\n", "f:1:7: did not find expected key; the quote that is opened at 1:4 "
				"ends before this"},
		{"a:\n<<<<<<< HEAD\n  b: 1\n=======\n  b: 2\n>>>>>>> x\n",
		 "f:2:1: a conflict of a merge is not resolved: keep one of the two versions and "
		 "remove the lines with <<<<<<<, ======= and >>>>>>>"},
		{"a:\n\tb: 1\n", "f:2:1: a tab cannot indent in YAML; use spaces"},
		{"a: [1, 2\nb: 3\n",
		 "f:2:2: did not find expected ',' or ']': the '[' of line 1, column 4 is not "
		 "closed before this"},
		{"a: {b: 1\n",
		 "f:2:1: did not find expected ',' or '}': the '{' of line 1, column 4 is not "
		 "closed before this"},
		{"a: 1\nb: \"x\n", "f:2:4: this quote is never closed"},
		{"a: 1\nb: 'x\n---\n", "f:2:4: this quote is never closed"},
		{"a: \"\\q\"\n", "f:1:5: found unknown escape character while parsing a quoted "
				 "scalar; write \\\\ or use single quotes"},
		{"a: @x\n", "f:1:4: found character that cannot start any token while scanning for "
			    "the next token; put a text that starts with @, ` or % in quotes"},
		{"a: b: c\n",
		 "f:1:5: mapping values are not allowed in this context; put a text with "
		 "': ' in quotes"},
		{"a: -\nb: x\n", "f:1:4: block sequence entries are not allowed in this context"},
		{"a: *x\n", "f:1:4: unknown anchor 'x' referenced"},
		{"a: &x [*x]\n",
		 "f:1:8: cycle detected: anchor 'x' contains a reference to itself"},
		{"a: 1\nb: 2\na: 3\n", "f:3:1: mapping key \"a\" already defined at line 1"},
		{"a: {b: 1, c: 2, b: 3}\n", "f:1:17: mapping key \"b\" already defined at line 1"},
		{"1: a\n", "f:1:1: non-string key at top level: 1; put it in quotes"},
		{"a: {b: {true: 1}}\n", "f:1:9: non-string key in a.b: true; put it in quotes"},
		{"[a]: b\n", "f:1:1: a mapping's key must be a string; quote the value that starts "
			     "with '{' or '['"},
		{"a:\n  <<: x\n",
		 "f:2:3: '<<' needs a mapping or a list of mappings, not a string"},
		{"a: 1\nb: \"\x01\"\n", "f:2:5: control characters are not allowed"},
		{"a: 1\n\xc3: x\n", "f:2:2: invalid trailing UTF-8 octet"},
		{"%YAML 3.0\n---\na: 1\n", "f:1:1: found incompatible YAML document"},
		{"a: !x!y 1\n", "f:1:4: found undefined tag handle while parsing a node"},
		{"a: 1\n}\n",
		 "f:2:1: did not find expected key while parsing a block mapping; check "
		 "the indentation"},
	};

	CHECK_SAMPLES(samples);
}
