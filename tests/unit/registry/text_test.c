/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/text.h"

#include "tests/harness/harness.h"

#include <string.h>

static const char *clean(const char *text)
{
	static char out[200];

	text_copy(out, sizeof(out), text, strlen(text));
	return out;
}

TEST(what_drives_a_terminal_is_replaced)
{
	CHECK_TEXT(clean("a\x1b[31mb"), "a?[31mb");
	CHECK_TEXT(clean("a\r\nb\tc\a\x7f"), "a??b?c??");
	CHECK_TEXT(clean("\xc2\x9b"
			 "31m"),
		   "??31m"); /* CSI as one C1 character */
	CHECK_TEXT(clean("\xe2\x80\xae"
			 "gpj"),
		   "???gpj"); /* right-to-left override */
	CHECK_TEXT(clean("\xe2\x80\xa8x"), "???x");
}

TEST(letters_of_any_language_stay)
{
	CHECK_TEXT(clean("größe 大小 🐳"), "größe 大小 🐳");
}

TEST(what_is_no_utf8_is_replaced)
{
	CHECK_TEXT(clean("\xff\xc3"), "??");
	CHECK_TEXT(clean("\xc0\xaf"), "??");	       /* overlong */
	CHECK_TEXT(clean("\xed\xa0\x80"), "???");      /* surrogate */
	CHECK_TEXT(clean("\xf4\x90\x80\x80"), "????"); /* beyond Unicode */
	CHECK_TEXT(clean("\xe2\x82"), "??");
}

TEST(a_copy_ends_at_a_character)
{
	char out[6];

	text_copy(out, sizeof(out), "abcdü", strlen("abcdü"));
	CHECK_TEXT(out, "abcd");
	text_copy(out, sizeof(out), "a\0b", 3);
	CHECK_TEXT(out, "a?b");
}
