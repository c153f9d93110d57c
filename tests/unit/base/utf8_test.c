/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/strbuf.h"
#include "base/utf8.h"

#include <string.h>

static const struct {
	const char *text, *repaired; /* NULL: valid as it is */
} cases[] = {
	{"", NULL},
	{"plain", NULL},
	{"Größe 日本 🐚", NULL},
	{"\xff", "\ufffd"},
	{"a\xc3", "a\ufffd"},
	{"\xc3(", "\ufffd("},
	{"\xe2\x82", "\ufffd\ufffd"},
	{"\xe2\x82x\x80", "\ufffd\ufffdx\ufffd"},
	{"\xc0\xaf", "\ufffd\ufffd"},			  /* overlong */
	{"\xed\xa0\x80", "\ufffd\ufffd\ufffd"},		  /* a surrogate */
	{"\xf4\x90\x80\x80", "\ufffd\ufffd\ufffd\ufffd"}, /* above U+10FFFF */
	{"\xf4\x8f\xbf\xbf", NULL},
	{"caf\xe9 cr\xe8me", "caf\ufffd cr\ufffdme"},
};

TEST(what_is_no_character_is_replaced_byte_by_byte)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text = cases[i].text, *repaired = cases[i].repaired;
		auto_strbuf struct strbuf out = {0};

		CHECK_INT(utf8_is_valid(text, strlen(text)), repaired == NULL);
		utf8_repair(&out, text, strlen(text));
		CHECK_TEXT(strbuf_text(&out), repaired ? repaired : text);
	}
}

TEST(a_zero_is_a_character)
{
	auto_strbuf struct strbuf out = {0};

	CHECK(utf8_is_valid("a\0b", 3));
	utf8_repair(&out, "a\0\xff", 3);
	CHECK_INT(out.length, 5);
	CHECK(memcmp(out.text, "a\0\ufffd", 5) == 0);
}
