/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/strbuf.h"
#include "cli/screen/filter.h"

#include <string.h>

static void check_text(const char *text, size_t length, const char *expected)
{
	auto_strbuf struct strbuf out = {0};

	filter_text(&out, text, length);
	CHECK_TEXT(strbuf_text(&out), expected);
}

static void check_log(const char *text, const char *expected)
{
	auto_strbuf struct strbuf out = {0};

	filter_log(&out, text, strlen(text));
	CHECK_TEXT(strbuf_text(&out), expected);
}

#define TEXT(literal, expected) check_text(literal, sizeof(literal) - 1, expected)

TEST(passes_printable_text)
{
	TEXT("web-1 déjà vu 日本 ✔", "web-1 déjà vu 日本 ✔");
}

TEST(escapes_controls_in_names)
{
	TEXT("a\x1b[31mb", "a\\x1b[31mb");
	TEXT("a\nb\tc\rd\x7f", "a\\x0ab\\x09c\\x0dd\\x7f");
	TEXT("a\0b", "a\\x00b");
	TEXT("\x1b]0;title\x07", "\\x1b]0;title\\x07");
}

TEST(escapes_eight_bit_controls_and_direction_marks)
{
	TEXT("a\xc2\x9b"
	     "31m",
	     "a\\x9b31m");
	TEXT("\xe2\x80\xae"
	     "txt.exe",
	     "\\u202etxt.exe");
	TEXT("\xf3\xa0\x81\x81", "\\ue0041");
}

TEST(escapes_invalid_utf8)
{
	TEXT("\x9b"
	     "31m",
	     "\\x9b31m");
	TEXT("\xc0\x9b", "\\xc0\\x9b");		 /* overlong */
	TEXT("\xed\xa0\x80", "\\xed\\xa0\\x80"); /* surrogate */
	TEXT("\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80");
	TEXT("\xe2\x80", "\\xe2\\x80"); /* cut */
}

TEST(passes_colours_in_logs)
{
	check_log("\x1b[1;31mred\x1b[0m\n", "\x1b[1;31mred\x1b[0m\n");
	check_log("\x1b[38:2:1:2:3mx", "\x1b[38:2:1:2:3mx");
	check_log("a\tb\n", "a\tb\n");
	check_log("line\r\n", "line\n");
}

TEST(drops_other_sequences_from_logs)
{
	check_log("a\x1b[2Jb", "ab");
	check_log("a\x1b[6nb", "ab");
	check_log("a\x1b]52;c;ZXZpbA==\x07"
		  "b",
		  "ab");
	check_log("a\x1b]0;title\x1b\\b", "ab");
	check_log("a\x1bPq\x1b\\b", "ab");
	check_log("a\x1b"
		  "cb",
		  "ab");
	check_log("100%\rnothing", "100%\\x0dnothing");
	check_log("a\x08\x08"
		  "b",
		  "a\\x08\\x08b");
}

TEST(does_not_let_an_unfinished_sequence_hide_text)
{
	check_log("\x1b]0;never ends", "0;never ends");
	check_log("\x1b[", "");
	check_log("\x1b", "");
	check_log("\x1b]a\nnext", "a\nnext");
}

/* Nothing but the permitted alphabet, whatever comes in and wherever it is cut. */
TEST(has_a_closed_output_alphabet)
{
	unsigned state = 12345;

	for (int round = 0; round < 2000; round++) {
		auto_strbuf struct strbuf text = {0}, log = {0};
		char bytes[64];

		for (size_t i = 0; i < sizeof(bytes); i++) {
			static const char spice[] = "\x1b[]0;1mP\\\x07\r\n\x9b\xc2\xe2\x80\xae";

			state = state * 1103515245 + 12345;
			bytes[i] = (state >> 16) % 3 ? spice[(state >> 18) % (sizeof(spice) - 1)]
						     : (char)(state >> 20);
		}
		filter_text(&text, bytes, sizeof(bytes));
		for (size_t i = 0; i < text.length; i++)
			CHECK((unsigned char)text.text[i] >= 0x20 && text.text[i] != 0x7f);
		filter_log(&log, bytes, sizeof(bytes));
		for (size_t i = 0; i < log.length; i++) {
			unsigned char c = (unsigned char)log.text[i];
			size_t end;

			CHECK(c >= 0x20 || c == '\n' || c == '\t' || c == 0x1b);
			if (c != 0x1b)
				continue;
			CHECK(log.text[i + 1] == '[');
			end = i + 2 + strspn(log.text + i + 2, "0123456789;:");
			CHECK(log.text[end] == 'm');
		}
	}
}
