/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "oci/update.h"

#include <string.h>

static void check_merged(const char *object_text, const char *changes_text, const char *wanted)
{
	struct error err = {0};
	auto_json json *object = json_parse(object_text, strlen(object_text), "object", &err);
	auto_json json *changes = json_parse(changes_text, strlen(changes_text), "changes", &err);
	auto_strbuf struct strbuf text = {0};

	CHECK(object && changes);
	oci_update_merge(object, changes);
	json_print(&text, object, false);
	CHECK_TEXT(strbuf_text(&text), wanted);
}

TEST(replaces_what_is_named_and_keeps_the_rest)
{
	check_merged("{\"memory\":{\"limit\":1,\"swap\":2},\"pids\":{\"limit\":3}}",
		     "{\"memory\":{\"limit\":9}}",
		     "{\"memory\":{\"limit\":9,\"swap\":2},\"pids\":{\"limit\":3}}");
}

TEST(takes_over_what_is_new)
{
	check_merged("{}", "{\"cpu\":{\"shares\":5}}", "{\"cpu\":{\"shares\":5}}");
}

TEST(replaces_lists_whole)
{
	check_merged("{\"a\":[1,2]}", "{\"a\":[3]}", "{\"a\":[3]}");
}

TEST(leaves_alone_what_is_null)
{
	check_merged("{\"cpu\":{\"shares\":5}}", "{\"cpu\":null}", "{\"cpu\":{\"shares\":5}}");
}
