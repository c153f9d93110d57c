/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

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
}

TEST(counts_rows_of_a_screen_that_became_narrower)
{
	CHECK_INT(columns_count_rows("", 80, 80), 0);
	CHECK_INT(columns_count_rows("\x1b[31m12345\x1b[0m\n\n1234567890\n", 80, 10), 3);
	CHECK_INT(columns_count_rows("12345678901\n1\n", 80, 10), 3);
	CHECK_INT(columns_count_rows("12345678901\n1\n", 10, 20), 2);
	CHECK_INT(columns_count_rows("123456789012345\n", 10, 5), 2);
}
