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
