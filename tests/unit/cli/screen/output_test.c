/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/error.h"
#include "base/strbuf.h"
#include "cli/screen/output.h"

#include <string.h>

TEST(aligns_columns)
{
	auto_table struct table table = {0};
	auto_strbuf struct strbuf out = {0};
	struct strvec *row = table_row(&table);

	strvec_add(row, "NAME");
	strvec_add(row, "STATUS");
	strvec_add(row, "PORTS");
	row = table_row(&table);
	strvec_add(row, "shop-web-1");
	strvec_add(row, "Up");
	strvec_add(row, "");
	row = table_row(&table);
	strvec_add(row, "é");
	strvec_add(row, "Exited (0)");
	strvec_add(row, "80/tcp");
	table_format(&out, &table, false);
	CHECK_TEXT(out.text, "NAME         STATUS       PORTS\n"
			     "shop-web-1   Up           \n"
			     "é            Exited (0)   80/tcp\n");
}

TEST(filters_cells_for_a_terminal_only)
{
	auto_table struct table table = {0};
	auto_strbuf struct strbuf out = {0};
	struct strvec *row = table_row(&table);

	strvec_add(row, "a\x1b[2Jb\nc");
	strvec_add(row, "x");
	table_format(&out, &table, true);
	CHECK_TEXT(out.text, "a\\x1b[2Jb\\x0ac   x\n");
	strbuf_clear(&out);
	table_format(&out, &table, false);
	CHECK_TEXT(out.text, "a\x1b[2Jb\nc   x\n");
}

TEST(prints_nothing_for_an_empty_table)
{
	struct table table = {0};
	auto_strbuf struct strbuf out = {0};

	table_format(&out, &table, false);
	CHECK_INT(out.length, 0);
}

TEST(checks_formats_before_work)
{
	struct error err = {0};

	CHECK_INT(format_check(NULL, &err), 0);
	CHECK_INT(format_check("table", &err), 0);
	CHECK_INT(format_check("json", &err), 0);
	CHECK_INT(format_check("{{.Name}}", &err), 0);
	CHECK_INT(format_check("table {{.Name}}\\t{{.Status}}", &err), 0);
	CHECK_INT(format_check("yaml", &err), -1);
	CHECK(strstr(err.text, "unknown format 'yaml'"));
	CHECK_INT(format_check("{{.Name", &err), -1);
	CHECK_INT(err.code, ERROR_INVALID);
}
