/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/builder/dockerfile/form_test.c - tests/dockerfiles/RULES.md and the cases beside it:
 * each that it names is there, each that is there is named.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/map.h"
#include "base/strbuf.h"

#include "harness.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "tests/dockerfiles"

static struct map cases;

static void read_file(struct strbuf *text, const char *name)
{
	auto_strbuf struct strbuf path = {0};
	struct error err = {0};

	strbuf_printf(&path, FOLDER "/%s", name);
	CHECK_OK(file_read(AT_FDCWD, path.text, 1 << 20, text, &err));
}

/* "=== NAME: about" */
static void add_cases(const char *name)
{
	auto_strbuf struct strbuf text = {0};
	char *rest, *line;

	read_file(&text, name);
	rest = text.text;
	while ((line = strsep(&rest, "\n"))) {
		if (strncmp(line, "=== ", 4) != 0)
			continue;
		line[strcspn(line, ":")] = '\0';
		if (map_has(&cases, line + 4))
			fail_msg("two cases are called %s", line + 4);
		map_set(&cases, line + 4, NULL);
	}
}

static void find_cases(void)
{
	struct dirent **entries;
	int count = scandir(FOLDER, &entries, NULL, alphasort);

	if (count < 0)
		fail_msg("cannot list %s; run the tests in the top directory", FOLDER);
	for (int i = 0; i < count; i++) {
		if (strstr(entries[i]->d_name, ".cases"))
			add_cases(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

/* The names in the last column; a rule has one at least. */
static void check_rule(char *line, struct strbuf *wrong)
{
	char *column = line, *name;
	unsigned count = 0;

	for (char *p = line; (p = strstr(p, " | ")); p += 3)
		column = p;
	while ((name = strchr(column, '`'))) {
		char *end = strchr(name + 1, '`');

		CHECK(end != NULL);
		*end = '\0';
		if (!map_has(&cases, name + 1))
			strbuf_printf(wrong, "  there is no case %s\n", name + 1);
		else
			map_set(&cases, name + 1, line);
		column = end + 1;
		count++;
	}
	if (!count)
		strbuf_printf(wrong, "  a rule without a case: %.80s\n", line);
}

TEST(every_rule_has_cases_and_every_case_a_rule)
{
	auto_strbuf struct strbuf text = {0}, wrong = {0};
	char *rest, *line;

	find_cases();
	read_file(&text, "RULES.md");
	rest = text.text;
	while ((line = strsep(&rest, "\n")))
		if (strncmp(line, "| ", 2) == 0 && strncmp(line, "| ---", 5) != 0 &&
		    strncmp(line, "| rule |", 8) != 0)
			check_rule(line, &wrong);
	map_each (entry, &cases) {
		if (!entry->value)
			strbuf_printf(&wrong, "  no rule names %s\n", entry->key);
	}
	CHECK(cases.count >= 150);
	map_release(&cases);
	if (wrong.length)
		fail_msg("in " FOLDER "/RULES.md:\n%s", strbuf_text(&wrong));
}
