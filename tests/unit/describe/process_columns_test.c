/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/error.h"
#include "base/strbuf.h"
#include "describe/process_list.h"

#include <stdio.h>
#include <string.h>

/* The titles that these words ask for, or what is wrong with them. */
static const char *titles(const char *words)
{
	static struct strbuf out;
	char text[200], *list[20] = {NULL}, *save = NULL;
	struct process_columns columns;
	struct error err = {0};
	size_t count = 0;

	snprintf(text, sizeof(text), "%s", words);
	for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save))
		list[count++] = word;
	strbuf_clear(&out);
	if (process_columns_parse(&columns, list, &err) < 0)
		strbuf_add(&out, err.text);
	else
		for (size_t i = 0; i < columns.count; i++)
			strbuf_printf(&out, "%s%s", i ? " " : "", columns.titles[i]);
	return strbuf_text(&out);
}

TEST(options_of_ps_choose_columns)
{
	CHECK_TEXT(titles(""), "UID PID PPID C STIME TTY TIME CMD");
	CHECK_TEXT(titles("-ef"), "UID PID PPID C STIME TTY TIME CMD");
	CHECK_TEXT(titles("aux"), "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND");
	CHECK_TEXT(titles("-o pid,comm"), "PID COMMAND");
	CHECK_TEXT(titles("-eo pid -o args,rss"), "PID COMMAND RSS");
	CHECK_TEXT(titles("-opid,etime"), "PID ELAPSED");
	CHECK_TEXT(titles("o pid,user"), "PID USER");
	CHECK_TEXT(titles("--format=pid,pcpu"), "PID %CPU");
	CHECK_TEXT(titles("--format pid,stat"), "PID STAT");
	CHECK_TEXT(titles("-o pid -o comm=NAME,x"), "PID NAME,x");
	CHECK_TEXT(titles("-e"), "PID TTY TIME CMD");
	CHECK_TEXT(titles("ax"), "PID TTY STAT TIME COMMAND");
	CHECK_TEXT(titles("-el"), "F S UID PID PPID C PRI NI ADDR SZ WCHAN TTY TIME CMD");
}

TEST(other_options_of_ps_are_refused)
{
	CHECK_TEXT(titles("-o comm"), "Couldn't find PID field in ps output");
	CHECK_TEXT(titles("-o pid="), "Couldn't find PID field in ps output");
	CHECK_TEXT(titles("-o pid,nonsense"),
		   "ps: unknown user-defined format specifier \"nonsense\"");
	CHECK_TEXT(titles("-o"), "ps: format specification must follow -o");
	CHECK(strstr(titles("-eH"), "'H' of '-eH' is not available"));
	CHECK(strstr(titles("auxf"), "'f' of 'auxf' is not available"));
	CHECK(strstr(titles("--sort=pid"), "'--sort=pid' is not available"));
}
