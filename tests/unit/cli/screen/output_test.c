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

static void add_cells(struct table *table, const char *const cells[5])
{
	struct strvec *row = table_row(table);

	for (int i = 0; i < 5; i++)
		strvec_add(row, cells[i]);
}

/* What `ps` may have to show in so many columns. */
static const char *fitted(size_t columns)
{
	static struct strbuf out;
	auto_table struct table table = {.yields = {0, 2, 1}};

	add_cells(&table, (const char *const[]){"NAME", "IMAGE", "COMMAND", "STATUS", "PORTS"});
	add_cells(&table, (const char *const[]){"shop-web-1", "nginx", "\"nginx -g 'daemon…\"",
						"Up 5 seconds (healthy)",
						"0.0.0.0:80->80/tcp, [::]:80->80/tcp"});
	add_cells(&table, (const char *const[]){"shop-db-1", "postgres", "\"postgres\"", "Up", ""});
	strbuf_clear(&out);
	table_fit(&out, &table, columns);
	return out.text;
}

TEST(a_table_that_fits_is_as_it_is)
{
	CHECK_TEXT(fitted(120),
		   "NAME         IMAGE      COMMAND               STATUS                   PORTS\n"
		   "shop-web-1   nginx      \"nginx -g 'daemon…\"   Up 5 seconds (healthy)   "
		   "0.0.0.0:80->80/tcp, [::]:80->80/tcp\n"
		   "shop-db-1    postgres   \"postgres\"            Up                       \n");
}

TEST(lists_are_folded_before_columns_go)
{
	CHECK_TEXT(fitted(90),
		   "NAME        IMAGE     COMMAND              STATUS                  PORTS\n"
		   "shop-web-1  nginx     \"nginx -g 'daemon…\"  Up 5 seconds (healthy)  "
		   "0.0.0.0:80->80/tcp,\n"
		   "                                                                   "
		   "[::]:80->80/tcp\n"
		   "shop-db-1   postgres  \"postgres\"           Up                      \n");
}

TEST(columns_go_before_texts_are_folded)
{
	CHECK_TEXT(fitted(70), "NAME        IMAGE     STATUS                  PORTS\n"
			       "shop-web-1  nginx     Up 5 seconds (healthy)  0.0.0.0:80->80/tcp,\n"
			       "                                              [::]:80->80/tcp\n"
			       "shop-db-1   postgres  Up                      \n");
	CHECK_TEXT(fitted(50), "NAME        STATUS             PORTS\n"
			       "shop-web-1  Up 5 seconds       0.0.0.0:80->80/tcp,\n"
			       "            (healthy)          [::]:80->80/tcp\n"
			       "shop-db-1   Up                 \n");
}

TEST(nothing_is_lost_where_not_even_words_fit)
{
	CHECK_TEXT(fitted(24), "NAME    STATUS   PORTS\n"
			       "shop-   Up 5     0.0.0.0\n"
			       "web-1   seconds  :80->\n"
			       "        (health  80/tcp,\n"
			       "        y)       [::]:\n"
			       "                 80->80/\n"
			       "                 tcp\n"
			       "shop-   Up       \n"
			       "db-1             \n");
}

TEST(names_that_may_be_cut_are_before_anything_is_folded)
{
	auto_table struct table table = {.cut = 1};
	auto_strbuf struct strbuf out = {0};
	struct strvec *row = table_row(&table);

	strvec_add(row, "shop-webserver-1");
	strvec_add(row, "1MiB / 2GiB");
	table_fit(&out, &table, 24);
	CHECK_TEXT(out.text, "sho…erver-1  1MiB / 2GiB\n");
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
