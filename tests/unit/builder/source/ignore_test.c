/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "builder/source/ignore.h"
#include "builder/source/ignore_private.h"

#include <stdio.h>
#include <string.h>

static const char verdicts[] = {
	[IGNORE_TAKES] = '+', [IGNORE_HIDES] = '-', [IGNORE_LOOKS_IN] = '?'};

/* Each path has its verdict before it: '+' there, '-' hidden, '?' hidden, but something below it
 * may be there. */
static void check_row(const char *text, const char *paths)
{
	auto_arena struct arena arena = {0};
	struct error err = {0};
	struct ignore *ignore = ignore_parse(".dockerignore", text, strlen(text), &arena, &err);

	if (!ignore)
		fail_msg("%s: %s", text, err.text);
	while (*paths) {
		size_t length = strcspn(paths, " ");
		const char *path = arena_string_n(&arena, paths + 1, length - 1);
		enum ignore_verdict verdict = ignore_judge(ignore, path);

		if (verdicts[verdict] != *paths)
			fail_msg("patterns '%s': '%s' is %c, not %c", text, path, verdicts[verdict],
				 *paths);
		assert_true(!ignore_reason(ignore, path) == (verdict == IGNORE_TAKES));
		paths += length + (paths[length] == ' ');
	}
}

TEST(patterns_match_as_they_do_for_docker)
{
	static const char *const rows[][2] = {
		/* names and folders */
		{"a", "-a -a/b -a/b/c +b +ab +b/a"},
		{"/a", "-a +b/a"},
		{"a/", "-a -a/b"},
		{"./a//b/../c", "+a -a/c -a/c/d"},
		{"a/b", "+a -a/b -a/b/c +b"},
		{"../a", "+a"},
		{".\n/\n..\n./\nx/..", "+a +x"},
		{"A", "+a -A"},
		/* one star, question marks, classes */
		{"*", "-a -a/b -.a"},
		{"*.go", "-x.go +x/y.go +x.goo -.go"},
		{"a*c", "-ac -abc +a/c -a*c"},
		{"*/x", "-a/x +x +a/b/x -a/x/y"},
		{"a?c", "-abc +ac +a/c -a\xc3\xa4"
			"c -a\xff"
			"c"},
		{"[a-c]x", "-ax -cx +dx"},
		{"[^a-c]x", "+ax -dx"},
		{"[!a]x", "-ax -!x +bx"},
		{"[\\]]", "-] +["},
		{"a]", "-a]"},
		{"a.b+(c)$^|{}", "-a.b+(c)$^|{} +aXb+(c)$^|{}"},
		/* two stars */
		{"**", "-a -a/b"},
		{"**/x", "-x -a/x -a/b/x +ax -x/y"},
		{"**/x/y", "-x/y -a/x/y +a/x"},
		{"x/**", "+x -x/y -x/y/z +xy"},
		{"x**", "-x -xy -x/y"},
		{"**x", "-x -ax -a/bx +xa"},
		{"**x*", "-x -xa +ax -a/x +a/bx"},
		{"a/**/b", "-a/b -a/x/b -a/x/y/b +ab +a/xb"},
		{"a**b", "-ab -ax/b +axb"},
		{"**/a/**", "+a -a/b -x/a/b +x/a"},
		{"**/*.md", "-a.md -x/a.md +x/a"},
		{"***", "-a -a/b"},
		{"**/**/x", "-x -a/x -a/b/x"},
		/* escapes */
		{"\\#a\n\\!b\nc\\*d\n#e", "-#a -!b -c*d +cXd +#e"},
		{"\\a\\\\", "-a\\"},
		/* blanks, comments, byte order mark, line ends */
		{"\xef\xbb\xbf  a \t\r\n\r\n# c\r\n!  a/b\r\n", "?a +a/b -a/c +c"},
		{" #a", "-#a"},
	};

	for (size_t i = 0; i < array_length(rows); i++)
		check_row(rows[i][0], rows[i][1]);
}

TEST(the_last_pattern_that_matches_counts)
{
	static const char *const rows[][2] = {
		{"*\n!d/e\n!README.md", "-a ?d +d/e +d/e/f -d/f +README.md"},
		{"**\n!x\n!**/*.go", "?d +d/a.go ?d/e +x +x/y"},
		{"*.md\n!README.md", "-a.md +README.md"},
		{"!README.md\n*.md", "-README.md"},
		{"d\n!d/e/f/c.go", "?d ?d/e ?d/e/f +d/e/f/c.go -d/x -d/e/x"},
		{"x/**\n!x/keep", "+x +x/keep -x/y +x/keep/z"},
		{"d\n!d\nd/e/**/c.go", "+d +d/a +d/e -d/e/c.go -d/e/f/c.go"},
		{"d\n!d/x\nd", "-d -d/x"},
		{"d\n!d/x\nd/x/y", "?d +d/x -d/x/y +d/x/z"},
		{"node_modules\n!other\n!node_modulesX", "-node_modules -node_modules/a"},
		{"a\n!*/b", "?a +a/b -a/c"},
		{"a\n!b/**", "-a +b -a/b"},
		{"a\n!**/b", "?a +a/b ?a/c +a/c/b"},
		{"a/b\n!a", "+a +a/b +a/b/c"},
		{"!a", "+a +b"},
	};

	for (size_t i = 0; i < array_length(rows); i++)
		check_row(rows[i][0], rows[i][1]);
}

TEST(patterns_without_a_file)
{
	auto_arena struct arena arena = {0};
	struct error err = {0};
	char first[] = " *.o ", second[] = "!keep.o", third[] = "", rooted[] = "/rooted";
	char *const patterns[] = {first, second, third, rooted, NULL};
	struct ignore *ignore = ignore_from_patterns(patterns, &arena, &err);

	CHECK(ignore);
	CHECK_INT(ignore_judge(ignore, "a.o"), IGNORE_HIDES);
	CHECK_TEXT(ignore_reason(ignore, "a.o"), "*.o");
	CHECK_INT(ignore_judge(ignore, "keep.o"), IGNORE_TAKES);
	CHECK_INT(ignore_judge(ignore, ""), IGNORE_TAKES);
	CHECK_INT(ignore_judge(ignore, "rooted"), IGNORE_TAKES);
	CHECK_INT(ignore_judge(NULL, "a.o"), IGNORE_TAKES);
	CHECK(!ignore_reason(ignore, "keep.o"));
}

TEST(an_error_names_file_line_and_pattern)
{
	static const char *const rows[][3] = {
		{"a\n[a\n", ".dockerignore:2", "[a"}, {"a\n\n !\n", ".dockerignore:3", "\"!\""},
		{"[]a]", ".dockerignore:1", "[]a]"},  {"[-a]", ".dockerignore:1", "[-a]"},
		{"[a-]", ".dockerignore:1", "[a-]"},  {"a\\", ".dockerignore:1", "a\\"},
		{"[a\\", ".dockerignore:1", "[a\\"},  {"[]", ".dockerignore:1", "[]"},
	};

	for (size_t i = 0; i < array_length(rows); i++) {
		auto_arena struct arena arena = {0};
		struct error err = {0};

		CHECK(!ignore_parse(".dockerignore", rows[i][0], strlen(rows[i][0]), &arena, &err));
		CHECK_INT(err.code, ERROR_INVALID);
		CHECK(strstr(err.text, rows[i][1]) == err.text);
		CHECK(strstr(err.text, rows[i][2]));
	}
}

/* Whatever the patterns are, sets of places are made for what is new in paths only. */
TEST(many_patterns_and_many_files_take_little_work)
{
	static const char *const forms[][2] = {
		{"**/x", "/**/y*\n"},
		{"**/*.o", "\n"},
		{"**/*a", "*b\n"},
		{"!**/keep", "\n"},
	};

	for (size_t form = 0; form < array_length(forms); form++) {
		auto_arena struct arena arena = {0};
		auto_strbuf struct strbuf text = {0};
		struct error err = {0};
		struct ignore *ignore;
		char path[64];

		for (size_t i = 0; i < 10000; i++)
			strbuf_printf(&text, "%s%zu%s", forms[form][0], i, forms[form][1]);
		ignore = ignore_parse("x", text.text, text.length, &arena, &err);
		CHECK(ignore);
		for (size_t i = 0; i < 100000; i++) {
			snprintf(path, sizeof(path), "d%zu/e%zu/file%zu.c", i / 1000, i / 50 % 20,
				 i);
			CHECK_INT(ignore_judge(ignore, path), IGNORE_TAKES);
		}
		CHECK(ignore_count_work(ignore) < 2000);
	}
}

TEST(a_pattern_of_many_stars_is_linear)
{
	auto_arena struct arena arena = {0};
	auto_strbuf struct strbuf text = {0}, path = {0};
	struct error err = {0};
	struct ignore *ignore;

	for (size_t i = 0; i < 2000; i++)
		strbuf_add(&text, i % 2 ? "**/" : "*a");
	strbuf_add(&text, "b");
	for (size_t i = 0; i < 4000; i++)
		strbuf_add_char(&path, 'a');
	ignore = ignore_parse("x", text.text, text.length, &arena, &err);
	CHECK(ignore);
	CHECK_INT(ignore_judge(ignore, path.text), IGNORE_TAKES);
	CHECK(ignore_count_work(ignore) <= path.length + 2);
}
