/* SPDX-License-Identifier: Apache-2.0 */
#include "base/record.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/pair.h"
#include "tests/harness/harness.h"

#include <errno.h>
#include <string.h>

struct leaf {
	const char *name;
	int64_t big;
};

enum colour { RED, GREEN, BLUE };

static const char *const colours[] = {[RED] = "red", [GREEN] = "green", [BLUE] = "blue", NULL};

struct tree {
	const char *text;
	char **list, **empty, **missing;
	struct record_bytes bytes;
	bool flag;
	int number;
	enum colour colour;
	uint16_t port;
	struct leaf inside;
	struct leaf *leaves;
	size_t leaf_count;
};

static const struct field leaf_fields[] = {
	FIELD(struct leaf, FIELD_STRING, name, "name"),
	FIELD(struct leaf, FIELD_INT64, big, "big"),
	{0},
};

static const struct field tree_fields[] = {
	FIELD(struct tree, FIELD_STRING, text, "text"),
	FIELD(struct tree, FIELD_STRINGS, list, "list"),
	FIELD(struct tree, FIELD_STRINGS, empty, "empty"),
	FIELD(struct tree, FIELD_STRINGS, missing, "missing"),
	FIELD(struct tree, FIELD_BYTES, bytes, "bytes"),
	FIELD(struct tree, FIELD_BOOL, flag, "flag"),
	FIELD(struct tree, FIELD_INT, number, "number"),
	FIELD_ENUM(struct tree, colour, "colour", colours),
	FIELD(struct tree, FIELD_U16, port, "port"),
	FIELD_INSIDE(struct tree, inside, "inside", leaf_fields),
	FIELD_LIST(struct tree, leaves, leaf_count, "leaves", leaf_fields),
	{0},
};

TEST(every_kind_comes_back_as_it_was)
{
	auto_arena struct arena arena = {0};
	char *list[] = {(char[]){"a"}, (char[]){""}, NULL}, *empty[] = {NULL};
	struct leaf leaves[] = {{"x", INT64_MAX}, {"y", -1}};
	struct tree before = {.text = "t\"\n",
			      .list = list,
			      .empty = empty,
			      .bytes = {"a\0\xff", 3},
			      .flag = true,
			      .number = -7,
			      .colour = BLUE,
			      .port = 65535,
			      .inside = {"in", 1},
			      .leaves = leaves,
			      .leaf_count = 2};
	struct tree after;
	auto_json json *object = record_to_json(tree_fields, &before);

	CHECK_INT(record_from_json(tree_fields, &after, object, &arena, NULL), 0);
	CHECK_TEXT(after.text, "t\"\n");
	CHECK_TEXT(after.list[0], "a");
	CHECK_TEXT(after.list[1], "");
	CHECK(!after.list[2]);
	CHECK(after.empty && !after.empty[0]);
	CHECK(!after.missing);
	CHECK_INT(after.bytes.length, 3);
	CHECK(memcmp(after.bytes.bytes, "a\0\xff", 4) == 0);
	CHECK(after.flag);
	CHECK_INT(after.number, -7);
	CHECK_INT(after.colour, BLUE);
	CHECK_INT(after.port, 65535);
	CHECK_TEXT(after.inside.name, "in");
	CHECK_INT(after.leaf_count, 2);
	CHECK(after.leaves[0].big == INT64_MAX);
	CHECK_INT(after.leaves[1].big, -1);
}

static bool is_short(const char *text)
{
	return strlen(text) < 4;
}

static const struct field strict_fields[] = {
	FIELD_NEEDED(struct tree, FIELD_BOOL, flag, "flag"),
	FIELD_RANGE(struct tree, FIELD_INT, number, "number", -1, 9),
	FIELD_FORM(struct tree, FIELD_STRING, text, "text", is_short),
	FIELD_FORM(struct tree, FIELD_STRINGS, list, "list", is_short),
	{0},
};

static int read_tree(const struct field *fields, const char *text, struct tree *tree,
		     struct error *err)
{
	static struct arena arena;
	auto_json json *object = json_parse(text, strlen(text), "test", NULL);

	return object ? record_from_json(fields, tree, object, &arena, err) : -2;
}

static int read_colour(const char *text, struct tree *tree, struct error *err)
{
	return read_tree(tree_fields, text, tree, err);
}

TEST(whatever_is_of_another_type_or_range_is_an_error_that_names_it)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
		{"[]", "it is not an object"},
		{"{\"text\": 3}", "'text' is not a text"},
		{"{\"text\": \"a\\u0000b\"}", "'text' has a NUL inside"},
		{"{\"list\": {}}", "'list' is not a list"},
		{"{\"list\": [\"a\", 1]}", "'list' is not a text"},
		{"{\"bytes\": []}", "'bytes' is not a text"},
		{"{\"flag\": 1}", "'flag' is neither true nor false"},
		{"{\"number\": \"7\"}", "'number' is not a whole number"},
		{"{\"number\": 1.5}", "'number' is not a whole number"},
		{"{\"number\": 2147483648}",
		 "'number' is 2147483648, but only -2147483648 to 2147483647 can be"},
		{"{\"port\": 65536}", "'port' is 65536, but only 0 to 65535 can be"},
		{"{\"port\": -1}", "'port' is -1, but only 0 to 65535 can be"},
		{"{\"colour\": []}", "'colour' is neither a word nor its number"},
		{"{\"inside\": []}", "'inside' is not an object"},
		{"{\"inside\": {\"big\": true}}", "'inside': 'big' is not a whole number"},
		{"{\"leaves\": {}}", "'leaves' is not a list"},
		{"{\"leaves\": [{}, 1]}", "'leaves' is not a list of objects"},
		{"{\"leaves\": [{}, {\"name\": 1}]}", "'leaves': 2: 'name' is not a text"},
	};
	struct tree after = {0};

	for (size_t i = 0; i < array_length(cases); i++) {
		struct error err = {0};

		CHECK_INT(read_tree(tree_fields, cases[i].text, &after, &err), -1);
		CHECK_INT(err.code, ERROR_INVALID);
		CHECK_TEXT(err.text, cases[i].problem);
	}
}

TEST(a_row_says_what_is_needed_and_what_can_be)
{
	struct tree after = {0};
	struct error err = {0};

	CHECK_INT(read_tree(strict_fields, "{\"flag\": false, \"number\": 9, \"text\": \"abc\"}",
			    &after, NULL),
		  0);
	CHECK_INT(read_tree(strict_fields, "{\"number\": 9}", &after, &err), -1);
	CHECK_TEXT(err.text, "'flag' is missing");
	CHECK_INT(read_tree(strict_fields, "{\"flag\": true, \"number\": 10}", &after, &err), -1);
	CHECK_TEXT(err.text, "'number' is 10, but only -1 to 9 can be");
	CHECK_INT(read_tree(strict_fields, "{\"flag\": true, \"text\": \"abcd\"}", &after, &err),
		  -1);
	CHECK_TEXT(err.text, "'text' cannot be 'abcd'");
	CHECK_INT(read_tree(strict_fields, "{\"flag\": true, \"list\": [\"a\", \"abcd\"]}", &after,
			    &err),
		  -1);
	CHECK_TEXT(err.text, "'list' cannot be 'abcd'");
}

TEST(an_enum_is_written_as_a_word)
{
	struct tree tree = {.colour = GREEN};
	auto_json json *object = record_to_json(tree_fields, &tree);

	CHECK_TEXT(json_string(object, "colour", ""), "green");
}

TEST(an_enum_is_read_as_a_word_or_as_its_number)
{
	struct tree tree = {0};

	CHECK_INT(read_colour("{\"colour\": \"blue\"}", &tree, NULL), 0);
	CHECK_INT(tree.colour, BLUE);
	CHECK_INT(read_colour("{\"colour\": 1}", &tree, NULL), 0);
	CHECK_INT(tree.colour, GREEN);
	CHECK_INT(read_colour("{}", &tree, NULL), 0);
	CHECK_INT(tree.colour, RED);
}

TEST(what_an_enum_does_not_have_is_an_error)
{
	struct tree tree = {0};
	struct error err = {0};

	CHECK_INT(read_colour("{\"colour\": \"pink\"}", &tree, &err), -1);
	CHECK_TEXT(err.text, "'colour' has the unknown value 'pink'");
	CHECK_INT(read_colour("{\"colour\": 3}", &tree, &err), -1);
	CHECK_TEXT(err.text, "'colour' has the unknown value 3");
	CHECK_INT(read_colour("{\"colour\": -1}", &tree, NULL), -1);
	CHECK_INT(read_colour("{\"colour\": 4294967296}", &tree, NULL), -1);
}

struct labelled {
	struct pair *labels;
	size_t label_count;
};

static const struct field labelled_fields[] = {
	FIELD_TEXTS(struct labelled, labels, label_count, "labels"),
	{0},
};

TEST(a_file_is_read_and_named_when_it_is_damaged)
{
	static const struct {
		const char *text, *problem;
	} rows[] = {
		{"{\"labels\": {\"a\": \"b\"}}", NULL},
		{"{}", NULL},
		{"{\"labels\": [\"a\"]}", "'file' is damaged: 'labels' is not an object"},
		{"{\"labels\": {\"a\": 7}}", "'file' is damaged: 'labels' is not a text"},
		{"{\"labels\": {\"a\": \"b\\u0000c\"}}",
		 "'file' is damaged: 'labels' has a NUL inside"},
		{"[]", "'file' is damaged: it is not an object"},
	};
	auto_arena struct arena arena = {0};
	auto_close int directory = test_directory(NULL);
	struct labelled labelled;
	struct error err = {0};

	CHECK_INT(record_load(labelled_fields, &labelled, directory, "file", &arena, &err), -1);
	CHECK_INT(err.code, ENOENT);
	for (size_t i = 0; i < array_length(rows); i++) {
		CHECK_INT(file_replace_volatile(directory, "file", rows[i].text,
						strlen(rows[i].text), 0600, NULL),
			  0);
		CHECK_INT(record_load(labelled_fields, &labelled, directory, "file", &arena, &err),
			  rows[i].problem ? -1 : 0);
		if (rows[i].problem)
			CHECK_TEXT(err.text, rows[i].problem);
		CHECK_INT(labelled.label_count, i == 0);
	}
}
