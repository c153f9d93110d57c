/* SPDX-License-Identifier: Apache-2.0 */
#include "base/record.h"

#include "base/arena.h"
#include "base/error.h"
#include "tests/harness/harness.h"

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

TEST(a_damaged_document_gives_zeroes_not_a_crash)
{
	auto_arena struct arena arena = {0};
	static const char text[] = "{\"text\": 3, \"list\": {}, \"number\": \"x\", "
				   "\"leaves\": [1, null, {}], \"inside\": []}";
	auto_json json *object = json_parse(text, strlen(text), "test", NULL);
	struct tree after;

	CHECK(object);
	CHECK_INT(record_from_json(tree_fields, &after, object, &arena, NULL), 0);
	CHECK(!after.text && !after.list && !after.number && !after.inside.name);
	CHECK_INT(after.leaf_count, 3);
	CHECK(!after.leaves[0].name);
}

static int read_colour(const char *text, struct tree *tree, struct error *err)
{
	auto_arena struct arena arena = {0};
	auto_json json *object = json_parse(text, strlen(text), "test", NULL);

	return object ? record_from_json(tree_fields, tree, object, &arena, err) : -2;
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
