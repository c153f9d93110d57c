/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "cli/screen/columns.h"

#include <stdint.h>
#include <string.h>

TEST(counts_characters)
{
	CHECK_INT(columns_count("a✔é", strlen("a✔é")), 3);
	CHECK_INT(columns_fit("a✔é", strlen("a✔é"), 2), 4);
	CHECK_INT(columns_fit("a✔é", strlen("a✔é"), 9), strlen("a✔é"));
}

TEST(counts_wide_characters_marks_and_sequences_as_terminals_do)
{
	CHECK_INT(columns_count("漢字🙂", strlen("漢字🙂")), 6);
	CHECK_INT(columns_count("e\u0301", strlen("e\u0301")), 1);
	CHECK_INT(columns_count("\x1b[31;1mred\x1b[0m\x1b[", 15), 3);
	CHECK_INT(columns_count("\xff\xe6", 2), 2);
	CHECK_INT(columns_fit("漢字", strlen("漢字"), 3), strlen("漢"));
}

/* What is added of @text in @columns, then "|" and how many that were. */
static const char *added(const char *text, size_t columns)
{
	static struct strbuf out;
	size_t used;

	strbuf_clear(&out);
	used = columns_add(&out, text, columns);
	strbuf_printf(&out, "|%zu", used);
	return out.text;
}

TEST(cuts_the_end_of_what_is_too_wide)
{
	CHECK_TEXT(added("waits for db", 12), "waits for db|12");
	CHECK_TEXT(added("waits for db", 11), "waits for …|11");
	CHECK_TEXT(added("waits for db", 1), "…|1");
	CHECK_TEXT(added("waits for db", 0), "|0");
	CHECK_TEXT(added("é", SIZE_MAX), "é|1");
	CHECK_TEXT(added("漢字漢字", 6), "漢字…|5");
}

TEST(output_is_cut_without_its_colours_and_has_no_tabs)
{
	auto_strbuf struct strbuf out = {0};

	columns_add_log(&out, "a\tb漢\x1b[31mcd", 12);
	CHECK_TEXT(out.text, "a       b漢\x1b[31m…");
	strbuf_clear(&out);
	columns_add_log(&out, "a\tb漢\x1b[31mcd", 13);
	CHECK_TEXT(out.text, "a       b漢\x1b[31mcd");
}

static const char *named(const char *name, size_t columns)
{
	static struct strbuf out;

	strbuf_clear(&out);
	columns_add_name(&out, name, columns);
	return strbuf_text(&out);
}

TEST(cuts_the_middle_of_names)
{
	CHECK_TEXT(named("Container web-1", 17), "Container web-1  ");
	CHECK_TEXT(named("Container web-1", 15), "Container web-1");
	CHECK_TEXT(named("Container webserver-1", 15), "Cont…ebserver-1");
	CHECK_TEXT(named("Container web-1", 1), "…");
	CHECK_TEXT(named("Container web-1", 0), "");
	CHECK_TEXT(named("Volume 漢字漢字漢字", 16), "Volum…字漢字漢字");
}

TEST(counts_rows_of_a_screen_that_became_narrower)
{
	CHECK_INT(columns_count_rows("", 80, 80), 0);
	CHECK_INT(columns_count_rows("\x1b[31m12345\x1b[0m\n\n1234567890\n", 80, 10), 3);
	CHECK_INT(columns_count_rows("12345678901\n1\n", 80, 10), 3);
	CHECK_INT(columns_count_rows("12345678901\n1\n", 10, 20), 2);
	CHECK_INT(columns_count_rows("123456789012345\n", 10, 5), 2);
}
