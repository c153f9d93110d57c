/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/problems.h"

#include "base/cleanup.h"
#include "base/error.h"

#include "harness.h"

#include <string.h>

static struct problems problems;

static void add(const char *path, const char *file, unsigned line, unsigned column)
{
	struct walk walk = {.problems = &problems};
	struct node at = {.file = file, .line = line, .column = column};

	walk_enter(&walk, path);
	problem_add(&walk, &at, "wrong");
	walk_release(&walk);
}

TEST(mistakes_come_as_they_stand_in_their_files)
{
	auto_strbuf struct strbuf out = {0};
	struct error first = {0};

	problems = (struct problems){0};
	add("p", "b", 3, 1);
	add("q", "a", 9, 1);
	add("r", "b", 1, 7);
	add("s", "b", 1, 2);
	add("t", "a", 2, 1);
	add("u", "b", 1, 2);
	problems_print(&problems, &out, &first);
	CHECK_TEXT(strbuf_text(&out), "b:1:2: s: wrong\n"
				      "b:1:2: u: wrong\n"
				      "b:1:7: r: wrong\n"
				      "b:3:1: p: wrong\n"
				      "a:2:1: t: wrong\n"
				      "a:9:1: q: wrong\n");
	CHECK_TEXT(first.text, "b:1:2: s: wrong");
	CHECK_INT(first.code, ERROR_INVALID);
	problems_release(&problems);
}

TEST(more_than_a_hundred_are_counted)
{
	auto_strbuf struct strbuf out = {0};
	struct error first = {0};
	size_t lines = 0;

	problems = (struct problems){0};
	for (unsigned i = 0; i < 250; i++)
		add("p", "f", i + 1, 1);
	problems_print(&problems, &out, &first);
	for (const char *p = strbuf_text(&out); *p; p++)
		lines += *p == '\n';
	CHECK_INT(lines, 101);
	CHECK(strstr(strbuf_text(&out), "\nand 150 mistakes more\n"));
	problems_release(&problems);
}

TEST(a_mistake_touches_what_is_above_and_below_it)
{
	problems = (struct problems){0};
	add("services.web.ports[1]", "f", 1, 1);
	CHECK(problems_touch(&problems, "services.web"));
	CHECK(problems_touch(&problems, "services.web.ports"));
	CHECK(problems_touch(&problems, "services.web.ports[1].target"));
	CHECK(!problems_touch(&problems, "services.web.ports[11]"));
	CHECK(!problems_touch(&problems, "services.web.image"));
	CHECK(!problems_touch(&problems, "services.we"));
	CHECK(!problems_touch(&problems, "services.web2"));
	add("", "f", 1, 1);
	CHECK(problems_touch(&problems, "volumes.data"));
	problems_release(&problems);
}

TEST(near_names_are_suggested)
{
	static const char *const names[] = {"database", "cache", "web", NULL};

	CHECK_TEXT(problem_suggest(names, "databse"), "database");
	CHECK_TEXT(problem_suggest(names, "cahce"), "cache");
	CHECK_TEXT(problem_suggest(names, "wbe"), "web");
	CHECK(!problem_suggest(names, "x"));
	CHECK(!problem_suggest(names, "queue"));
	CHECK_INT(problem_distance("abc", "acb"), 1);
	CHECK_INT(problem_distance("", "abc"), 3);
	CHECK_INT(problem_distance("kitten", "sitting"), 3);
}
