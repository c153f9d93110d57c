/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "compose/apply/hook_tail.h"

#include "base/cleanup.h"
#include "base/strbuf.h"

#include <string.h>

static void check(const char *written, const char *expected)
{
	auto_strbuf struct strbuf whole = {0}, pieces = {0};
	struct hook_tail at_once = {0}, by_byte = {0};

	hook_tail_add(&at_once, written, strlen(written));
	for (const char *c = written; *c; c++)
		hook_tail_add(&by_byte, c, 1);
	hook_tail_print(&whole, &at_once);
	hook_tail_print(&pieces, &by_byte);
	CHECK_TEXT(strbuf_text(&whole), expected);
	CHECK_TEXT(strbuf_text(&pieces), expected);
}

TEST(keeps_the_last_lines_that_say_something)
{
	check("", "");
	check("\n \r\n\n", "");
	check("one\ntwo", "one\ntwo");
	check("one\r\n\n  two \n", "one\n  two");
	check("10%\r50%\r100%\nfailed\n", "100%\nfailed");
	check("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n", "2\n3\n4\n5\n6\n7\n8\n9\n10\n11");
	check("a\xff!\n", "a\xef\xbf\xbd!");
}

TEST(is_bounded_and_cuts_no_character)
{
	auto_strbuf struct strbuf written = {0}, out = {0};
	struct hook_tail tail = {0};

	for (int i = 0; i < 3000; i++)
		strbuf_add(&written, "\xc3\xa4");
	strbuf_add(&written, "end");
	hook_tail_add(&tail, "first\n", 6);
	hook_tail_add(&tail, strbuf_text(&written), written.length);
	hook_tail_print(&out, &tail);
	CHECK(out.length <= 700 && out.length > 690);
	CHECK(strncmp(strbuf_text(&out), "\xc3\xa4", 2) == 0);
	CHECK_TEXT(strbuf_text(&out) + out.length - 3, "end");
}
