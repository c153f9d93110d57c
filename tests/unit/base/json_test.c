/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/error.h"
#include "base/strbuf.h"
#include "tests/harness/harness.h"

#include <string.h>

static json *parse(const char *text, struct error *err)
{
	return json_parse(text, strlen(text), "doc", err);
}

TEST(refuses_what_two_readers_could_read_differently)
{
	static const char *const refused[] = {
		"",	"{",	   "{\"a\":1} x", "{\"a\":1,\"a\":2}", "{\"o\":{\"a\":1,\"a\":2}}",
		"[1,]", "{'a':1}", "nul",	  "{\"a\":1}{}",
	};
	struct error err;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		CHECK(!parse(refused[i], &err));
		CHECK_INT(err.code, ERROR_INVALID);
	}
}

TEST(colons_in_strings_and_escapes_do_not_count_as_members)
{
	auto_json json *value = parse("{\"a:b\": \"x: \\\"y: \", \"c\": [\":\"]}", NULL);

	CHECK(value);
	CHECK_TEXT(json_string(value, "a:b", NULL), "x: \"y: ");
}

TEST(getters_fall_back_on_absence_and_other_types)
{
	auto_json json *value = parse("{\"n\": 9007199254740993, \"s\": \"t\", \"z\": null}", NULL);

	CHECK(value);
	CHECK(json_int(value, "n", 0) == INT64_C(9007199254740993));
	CHECK_TEXT(json_string(value, "n", "fallback"), "fallback");
	CHECK_TEXT(json_string(value, "z", "fallback"), "fallback");
	CHECK(!json_get(value, "missing"));
	CHECK(!json_path(value, "s", "deeper", NULL));
	CHECK(json_flag(value, "s", true));
}

TEST(prints_compact_and_reads_back)
{
	auto_strbuf struct strbuf text = {0};
	auto_json json *object = json_new_object();

	json_set_string(object, "path", "/a/b");
	json_set_string(object, "none", NULL);
	json_set_bool(object, "yes", true);
	json_print(&text, object, false);
	CHECK_TEXT(text.text, "{\"path\":\"/a/b\",\"yes\":true}");
}

TEST(pretty_has_four_spaces_a_level_and_leaves_strings_alone)
{
	static const char text[] = "{\"a\":{\"b\":[\"  c\\n  d\"]},\"e\":{}}";
	auto_strbuf struct strbuf out = {0};
	auto_json json *value = json_parse(text, sizeof(text) - 1, "text", NULL);

	json_print(&out, value, true);
	CHECK_TEXT(out.text, "{\n    \"a\": {\n        \"b\": [\n            \"  c\\n  d\"\n"
			     "        ]\n    },\n    \"e\": {}\n}");
}

TEST(what_others_read_is_utf8_and_what_we_keep_is_exact)
{
	static const char bytes[] = "caf\xe9\0\x01 \xff";
	auto_json json *value = json_new_object(), *again = NULL;
	auto_strbuf struct strbuf shown = {0}, kept = {0};
	struct error err = {0};
	json *text;

	json_set_bytes(value, "\xfe", bytes, sizeof(bytes) - 1);
	json_print(&shown, value, false);
	CHECK_TEXT(strbuf_text(&shown), "{\"\ufffd\":\"caf\ufffd\\u0000\\u0001 \ufffd\"}");
	json_print_exact(&kept, value);
	again = json_parse(kept.text, kept.length, "kept", &err);
	text = json_get(again, "\xfe");
	CHECK_INT(json_object_get_string_len(text), sizeof(bytes) - 1);
	CHECK(memcmp(json_object_get_string(text), bytes, sizeof(bytes)) == 0);
}
