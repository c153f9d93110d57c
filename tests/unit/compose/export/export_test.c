/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every directory of tests/export-golden is a project, with what it is for each target: all files
 * as one text, and the notes. CORACLE_GOLDEN_UPDATE=1 writes the expectations anew: read the
 * difference before committing it.
 */
#include "compose/export/export.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "compose/export/export_private.h"
#include "compose/export/unit_text.h"
#include "compose/model/project.h"

#include "harness.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GOLDEN "tests/export-golden"

/* Expectations must not depend on where the source is. */
static void replace_directory(struct strbuf *out, const char *text, const char *directory)
{
	const char *found;

	while ((found = strstr(text, directory))) {
		strbuf_add_n(out, text, (size_t)(found - text));
		strbuf_add(out, "/golden");
		text = found + strlen(directory);
	}
	strbuf_add(out, text);
}

static void compare(const char *name, const char *file, const struct strbuf *actual)
{
	auto_free char *directory = getcwd(NULL, 0);
	auto_strbuf struct strbuf expected = {0}, clean = {0};

	replace_directory(&clean, strbuf_text(actual), directory);
	if (getenv("CORACLE_GOLDEN_UPDATE")) {
		file_replace(AT_FDCWD, file, strbuf_text(&clean), clean.length, 0644, NULL);
		return;
	}
	if (file_read(AT_FDCWD, file, 1 << 20, &expected, NULL) < 0)
		fail_msg("%s: there is no %s; got:\n%s", name, file, strbuf_text(&clean));
	if (strcmp(strbuf_text(&expected), strbuf_text(&clean)) != 0)
		fail_msg("%s: %s expects:\n%s\ngot:\n%s", name, file, strbuf_text(&expected),
			 strbuf_text(&clean));
}

static void format_notes(struct strbuf *out, const struct export_result *result)
{
	for (size_t i = 0; i < result->note_count; i++) {
		const struct export_note *note = &result->notes[i];
		const char *slash = note->where.file ? strrchr(note->where.file, '/') : NULL;

		strbuf_printf(out, "%s:%u:%u: %s: %s\n",
			      slash		 ? slash + 1
			      : note->where.file ? note->where.file
						 : "-",
			      note->where.line, note->where.column, note->path, note->text);
	}
}

static void load(struct project *project, struct arena *arena)
{
	char *environment[] = {(char[]){"HOME=/home/user"}, (char[]){"TOKEN=from the shell"}, NULL};
	char *files[] = {(char[]){"compose.yaml"}, NULL};
	const struct project_request request = {
		.files = files, .environment = environment, .use = PROJECT_TO_SHOW};
	auto_strbuf struct strbuf problems = {0};
	struct error err = {0};

	if (project_load(project, &request, arena, &problems, &err) < 0)
		fail_msg("%s\n%s", err.text, strbuf_text(&problems));
	project_drop_unused(project);
}

static void check_target(const char *name, enum export_target target, bool has_secrets)
{
	static const char *const names[] = {"kubernetes", "systemd"};
	auto_arena struct arena arena = {0};
	auto_strbuf struct strbuf text = {0}, notes = {0}, file = {0};
	struct export_result result;
	struct error err = {0};
	struct project project;
	const struct export_request request = {.project = &project,
					       .target = target,
					       .has_secrets = has_secrets,
					       .program = "/usr/local/bin/coracle",
					       .wait_image = "busybox"};

	load(&project, &arena);
	CHECK_OK(export_project(&result, &request, &arena, &err));
	export_join(&text, &result, target);
	format_notes(&notes, &result);
	strbuf_printf(&file, "expected.%s%s", names[target], has_secrets ? ".secrets" : "");
	compare(name, strbuf_text(&file), &text);
	strbuf_add(&file, ".notes");
	compare(name, strbuf_text(&file), &notes);
	for (size_t i = 1; i < result.file_count; i++)
		if (strcmp(result.files[i - 1].path, result.files[i].path) >= 0)
			fail_msg("%s: '%s' is there twice", name, result.files[i].path);
}

static void ignore(enum log_level level, const char *text, void *data)
{
	(void)level;
	(void)text;
	(void)data;
}

static void check_case(const char *name)
{
	auto_close int back = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	CHECK(back >= 0);
	if (chdir(GOLDEN) < 0 || chdir(name) < 0)
		fail_msg("cannot enter %s/%s", GOLDEN, name);
	log_set_sink(ignore, NULL);
	check_target(name, EXPORT_KUBERNETES, false);
	check_target(name, EXPORT_KUBERNETES, true);
	check_target(name, EXPORT_SYSTEMD, false);
	log_set_sink(NULL, NULL);
	CHECK(fchdir(back) == 0);
}

TEST(golden_projects_are_exported_as_expected)
{
	struct dirent **entries;
	int count = scandir(GOLDEN, &entries, NULL, alphasort), cases = 0;

	if (count < 0)
		fail_msg("cannot list %s; run the tests in the top directory", GOLDEN);
	for (int i = 0; i < count; i++) {
		if (entries[i]->d_name[0] != '.') {
			check_case(entries[i]->d_name);
			cases++;
		}
		free(entries[i]);
	}
	free(entries);
	CHECK(cases >= 5);
}

/* ------------------------------------------------------------------ names */

struct naming {
	struct arena arena;
	struct export_work work;
};

static void naming_release(struct naming *naming)
{
	map_release(&naming->work.names);
	map_release(&naming->work.taken);
	arena_release(&naming->arena);
}

TEST(names_are_valid_and_those_of_different_objects_differ)
{
	__attribute__((cleanup(naming_release))) struct naming naming = {0};
	struct export_work *work = &naming.work;
	const char *first, *second, *third;

	work->arena = &naming.arena;
	first = export_name(work, "service", "web_1", "web_1");
	second = export_name(work, "service", "web.1", "web.1");
	third = export_name(work, "service", "WEB-1", "WEB-1");
	CHECK_TEXT(first, "web-1");
	CHECK(strcmp(second, first) != 0 && strcmp(third, first) != 0 &&
	      strcmp(second, third) != 0);
	CHECK(export_is_name(second) && export_is_name(third));
	CHECK_TEXT(export_name(work, "service", "web_1", "web_1"), "web-1");
	CHECK_TEXT(export_name(work, "config", "web_1", "web_1"), "web-1");
	CHECK_TEXT(export_name(work, "service", "1st", "1st"), "n1st");
	CHECK_TEXT(export_name(work, "service", "__", "__"), "unnamed");
}

TEST(names_that_are_long_are_cut_and_still_differ)
{
	__attribute__((cleanup(naming_release))) struct naming naming = {0};
	struct export_work *work = &naming.work;
	char one[90], two[90];
	const char *first, *second;

	work->arena = &naming.arena;
	memset(one, 'a', sizeof(one) - 1);
	memset(two, 'a', sizeof(two) - 1);
	one[89] = two[89] = '\0';
	two[88] = 'b';
	first = export_name(work, "service", one, one);
	second = export_name(work, "service", two, two);
	CHECK(export_is_name(first) && export_is_name(second));
	CHECK(strcmp(first, second) != 0);
}

TEST(keys_and_values_of_labels_are_known)
{
	CHECK(export_is_label_key("traefik.enable"));
	CHECK(export_is_label_key("example.org/tier"));
	CHECK(!export_is_label_key("example_org/tier"));
	CHECK(!export_is_label_key("a/b/c"));
	CHECK(!export_is_label_key("with blank"));
	CHECK(!export_is_label_key(""));
	CHECK(!export_is_label_key(".a/b"));
	CHECK(!export_is_label_key("a..b/c"));
	CHECK(export_is_label_value(""));
	CHECK(export_is_label_value("v1.2_3"));
	CHECK(!export_is_label_value("Host(`a`)"));
	CHECK(!export_is_label_value("-a"));
}

/* ------------------------------------------------------------------ units */

TEST(words_of_units_are_quoted_where_they_have_to_be)
{
	auto_strbuf struct strbuf text = {0};
	char *words[] = {(char[]){"sh"}, (char[]){"-c"}, (char[]){"echo \"$A\" 50%\n\\"},
			 (char[]){""}, NULL};

	unit_text_words(&text, "Exec", words);
	CHECK_TEXT(strbuf_text(&text), "Exec=sh -c \"echo \\\"$$A\\\" 50%%\\n\\\\\" \"\"\n");
}
