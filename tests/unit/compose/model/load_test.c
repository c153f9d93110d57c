/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every directory of tests/compose-golden is a project: its compose files, and what `config` says
 * of them (expected.json) or what is wrong with them (expected.error), and where it is there, what
 * is warned about (expected.warnings). The output, fed back, must give the same output again. A
 * file `request` sets what the command line would:
 *
 *   file NAME, profile NAME, service NAME, env NAME=VALUE, env-file NAME, name NAME,
 *   directory NAME, from DIRECTORY (where the command runs), no-interpolate, no-env-resolution,
 *   no-normalize, no-consistency, no-path-resolution, all-profiles, show, find (what it is for)
 *
 * CORACLE_GOLDEN_UPDATE=1 writes the expectations anew: read the difference before committing it.
 */
#include "compose/model/project.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/strvec.h"

#include "harness.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GOLDEN "tests/compose-golden"

struct golden {
	const char *name;
	char *directory; /* absolute */
	struct project_request request;
	struct strvec files, profiles, services, environment, env_files;
	char *project_name, *project_directory, *from;
	struct strbuf warnings;
};

static void release(struct golden *golden)
{
	strvec_release(&golden->files);
	strvec_release(&golden->profiles);
	strvec_release(&golden->services);
	strvec_release(&golden->environment);
	strvec_release(&golden->env_files);
	free(golden->project_name);
	free(golden->project_directory);
	free(golden->from);
	free(golden->directory);
	strbuf_release(&golden->warnings);
}

static void read_flag(struct project_request *request, const char *word)
{
	static const struct {
		const char *word;
		size_t offset;
	} flags[] = {
		{"no-interpolate", offsetof(struct project_request, no_interpolate)},
		{"no-env-resolution", offsetof(struct project_request, no_env_resolution)},
		{"no-normalize", offsetof(struct project_request, no_normalize)},
		{"no-consistency", offsetof(struct project_request, no_consistency)},
		{"no-path-resolution", offsetof(struct project_request, no_path_resolution)},
		{"all-profiles", offsetof(struct project_request, all_profiles)},
	};

	if (strcmp(word, "show") == 0 || strcmp(word, "find") == 0) {
		request->use = *word == 's' ? PROJECT_TO_SHOW : PROJECT_TO_FIND;
		return;
	}
	for (size_t i = 0; i < array_length(flags); i++)
		if (strcmp(flags[i].word, word) == 0) {
			*(bool *)((char *)request + flags[i].offset) = true;
			return;
		}
	fail_msg("unknown line in a request file: %s", word);
}

static void read_line(struct golden *golden, char *line)
{
	char *value = strchr(line, ' ');

	if (value)
		*value++ = '\0';
	if (!value)
		read_flag(&golden->request, line);
	else if (strcmp(line, "file") == 0)
		strvec_add(&golden->files, value);
	else if (strcmp(line, "profile") == 0)
		strvec_add(&golden->profiles, value);
	else if (strcmp(line, "service") == 0)
		strvec_add(&golden->services, value);
	else if (strcmp(line, "env") == 0)
		strvec_add(&golden->environment, value);
	else if (strcmp(line, "env-file") == 0)
		strvec_add(&golden->env_files, value);
	else if (strcmp(line, "name") == 0)
		golden->project_name = strdup(value);
	else if (strcmp(line, "directory") == 0)
		golden->project_directory = strdup(value);
	else if (strcmp(line, "from") == 0)
		golden->from = strdup(value);
	else
		fail_msg("unknown word in a request file: %s", line);
}

static void read_request(struct golden *golden)
{
	auto_strbuf struct strbuf text = {0};
	char *rest, *line;

	strvec_add(&golden->environment, "HOME=/home/user");
	if (file_read(AT_FDCWD, "request", 65536, &text, NULL) == 0 && text.length) {
		rest = text.text;
		while ((line = strsep(&rest, "\n")))
			if (*line)
				read_line(golden, line);
	}
	golden->request.files = golden->files.items;
	golden->request.profiles = golden->profiles.items;
	golden->request.services = golden->services.items;
	golden->request.env_files = golden->env_files.items;
	golden->request.environment = golden->environment.items;
	golden->request.name = golden->project_name;
	golden->request.directory = golden->project_directory;
}

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

static void keep_warning(enum log_level level, const char *text, void *data)
{
	struct golden *golden = data;

	if (level == LOG_LEVEL_WARNING)
		strbuf_printf(&golden->warnings, "%s\n", text);
}

static void compare(const struct golden *golden, const char *file, const char *actual)
{
	auto_strbuf struct strbuf expected = {0}, clean = {0};

	replace_directory(&clean, actual, golden->directory);
	if (getenv("CORACLE_GOLDEN_UPDATE")) {
		unlink(strcmp(file, "expected.json") == 0 ? "expected.error" : "expected.json");
		file_replace(AT_FDCWD, file, strbuf_text(&clean), clean.length, 0644, NULL);
		return;
	}
	if (file_read(AT_FDCWD, file, 1 << 20, &expected, NULL) < 0)
		fail_msg("%s: there is no %s; got:\n%s", golden->name, file, strbuf_text(&clean));
	if (strcmp(strbuf_text(&expected), strbuf_text(&clean)) != 0)
		fail_msg("%s: %s expects:\n%s\ngot:\n%s", golden->name, file,
			 strbuf_text(&expected), strbuf_text(&clean));
}

/* Text as the only compose file, with the same request otherwise. */
static void load_again(struct project *again, const struct golden *golden,
		       const struct project *first, const struct strbuf *text, struct arena *arena)
{
	auto_strbuf struct strbuf problems = {0};
	char path[] = "/tmp/coracle-golden-XXXXXX";
	auto_close int fd = mkstemp(path);
	char *files[] = {path, NULL};
	struct project_request request = golden->request;
	struct error err = {0};
	int status;

	CHECK(fd >= 0);
	CHECK_OK(file_write_all(fd, strbuf_text(text), text->length, &err));
	request.files = files;
	request.name = first->name;
	request.profiles = first->profiles; /* its .env is not there */
	status = project_load(again, &request, arena, &problems, &err);
	unlink(path);
	if (status < 0)
		fail_msg("%s: its own output is refused: %s\n%s", golden->name, err.text,
			 strbuf_text(text));
}

/* What was printed, read again with nothing else around, prints the same: in both formats. */
static void check_feedback(struct golden *golden, const struct project *project)
{
	static const enum project_format formats[] = {PROJECT_YAML, PROJECT_JSON};

	for (size_t i = 0; i < array_length(formats); i++) {
		auto_arena struct arena arena = {0};
		auto_strbuf struct strbuf first = {0}, second = {0};
		struct project again;

		project_print(&first, project, formats[i]);
		load_again(&again, golden, project, &first, &arena);
		project_print(&second, &again, formats[i]);
		if (strcmp(strbuf_text(&first), strbuf_text(&second)) != 0)
			fail_msg("%s: fed back, its output differs:\n%s\nfirst:\n%s", golden->name,
				 strbuf_text(&second), strbuf_text(&first));
	}
}

/* Warnings are compared where a case has that file (an empty one, to begin with). Taken before the
 * output is fed back: that warns, too. */
static void check_warnings(const struct golden *golden)
{
	if (access("expected.warnings", F_OK) == 0)
		compare(golden, "expected.warnings", strbuf_text(&golden->warnings));
}

static void check_result(struct golden *golden)
{
	auto_arena struct arena arena = {0};
	auto_strbuf struct strbuf problems = {0}, json = {0};
	struct error err = {0};
	struct project project;
	int status;

	if (golden->from)
		CHECK(chdir(golden->from) == 0);
	status = project_load(&project, &golden->request, &arena, &problems, &err);
	CHECK(chdir(golden->directory) == 0);
	check_warnings(golden);
	if (status < 0) {
		if (!problems.length)
			strbuf_printf(&problems, "%s\n", err.text);
		CHECK(access("expected.json", F_OK) < 0 || getenv("CORACLE_GOLDEN_UPDATE"));
		compare(golden, "expected.error", strbuf_text(&problems));
		return;
	}
	project_print(&json, &project, PROJECT_JSON);
	compare(golden, "expected.json", strbuf_text(&json));
	check_feedback(golden, &project);
}

static void check_case(const char *name)
{
	struct golden golden = {.name = name};
	auto_close int back = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	CHECK(back >= 0);
	if (chdir(GOLDEN) < 0 || chdir(name) < 0)
		fail_msg("cannot enter %s/%s", GOLDEN, name);
	golden.directory = getcwd(NULL, 0);
	read_request(&golden);
	log_forget();
	log_set_sink(keep_warning, &golden);
	check_result(&golden);
	log_set_sink(NULL, NULL);
	CHECK(fchdir(back) == 0);
	release(&golden);
}

TEST(golden_projects_load_as_expected)
{
	struct dirent **entries;
	int count = scandir(GOLDEN, &entries, NULL, alphasort), cases = 0;

	if (count < 0)
		fail_msg("cannot list %s; run the tests in the top directory", GOLDEN);
	for (int i = 0; i < count; i++) {
		if (entries[i]->d_name[0] != '.' && strcmp(entries[i]->d_name, "RULES.md") != 0) {
			check_case(entries[i]->d_name);
			cases++;
		}
		free(entries[i]);
	}
	free(entries);
	CHECK(cases >= 250);
}
