/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/file.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "builder/build.h"
#include "cli/screen/build_progress.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define RUN "[build 2/2] RUN make"

static const struct build_event events[] = {
	{.kind = BUILD_STEP_BEGUN, .step = 1, .name = "[internal] load build context"},
	{.kind = BUILD_STEP_PROGRESS,
	 .step = 1,
	 .name = "[internal] load build context",
	 .text = "transferring context:",
	 .done = 2000,
	 .total = 2000},
	{.kind = BUILD_STEP_DONE,
	 .step = 1,
	 .name = "[internal] load build context",
	 .duration_ns = 100 * MILLISECOND},
	{.kind = BUILD_STEP_CACHED, .step = 2, .name = "[build 1/2] COPY . ."},
	{.kind = BUILD_STEP_BEGUN, .step = 3, .name = RUN, .time_ns = SECOND},
	{.kind = BUILD_STEP_OUTPUT,
	 .step = 3,
	 .name = RUN,
	 .stream = 1,
	 .bytes = "one\nt",
	 .length = 5,
	 .time_ns = SECOND + 312 * MILLISECOND},
	{.kind = BUILD_STEP_OUTPUT,
	 .step = 3,
	 .name = RUN,
	 .stream = 2,
	 .bytes = "\x1b[31mred\x1b[2J\n",
	 .length = 13,
	 .time_ns = SECOND + 400 * MILLISECOND},
};
static const struct build_event failed = {.kind = BUILD_STEP_FAILED,
					  .step = 3,
					  .name = RUN,
					  .text = "exit code: 2",
					  .time_ns = 2 * SECOND};
static const struct build_event done = {.kind = BUILD_STEP_DONE,
					.step = 3,
					.name = RUN,
					.time_ns = 3 * SECOND,
					.duration_ns = 2 * SECOND};
static const struct build_event warning = {.kind = BUILD_WARNING, .text = "x is odd"};

static struct build_progress *play(enum progress_mode mode, int fd, const char *label,
				   const struct build_event *last)
{
	struct build_progress *progress = build_progress_new(mode, fd, false);

	CHECK(build_progress_is_empty(progress));
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		build_progress_event(progress, 0, label, &events[i]);
	build_progress_event(progress, 0, label, last);
	build_progress_event(progress, 0, label, &warning);
	CHECK(!build_progress_is_empty(progress));
	return progress;
}

/* What is written while a build goes on, and at its end. */
static void record(enum progress_mode mode, const char *label, const struct build_event *last,
		   struct strbuf *out)
{
	int directory = test_directory(NULL);
	int fd = openat(directory, "out", O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
	struct build_progress *progress = play(mode, fd, label, last);
	auto_strbuf struct strbuf end = {0};

	build_progress_conclude(progress, &end);
	CHECK_INT(file_read(directory, "out", 65536, out, NULL), 0);
	strbuf_add_n(out, strbuf_text(&end), end.length);
	build_progress_free(progress);
	close(fd);
	close(directory);
}

TEST(plain_lines_have_the_number_and_the_time_and_the_bytes_as_they_are)
{
	auto_strbuf struct strbuf out = {0};

	record(PROGRESS_PLAIN, NULL, &done, &out);
	CHECK_TEXT(out.text, "#1 [internal] load build context\n"
			     "#1 transferring context: 2kB / 2kB done\n"
			     "#1 DONE 0.1s\n"
			     "\n#2 [build 1/2] COPY . .\n"
			     "#2 CACHED\n"
			     "\n#3 [build 2/2] RUN make\n"
			     "#3 0.312 one\n"
			     "#3 0.400 \x1b[31mred\x1b[2J\n"
			     "#3 2.000 t\n"
			     "#3 DONE 2.0s\n"
			     "\n 1 warning found:\n - x is odd\n");
}

TEST(a_step_that_failed_is_shown_with_what_it_wrote)
{
	auto_strbuf struct strbuf out = {0};

	record(PROGRESS_PLAIN, "web", &failed, &out);
	CHECK(strstr(out.text, "#3 ERROR: exit code: 2\n"
			       "------\n > [web build 2/2] RUN make:\none\nt"));
	CHECK(strstr(out.text, " - [web] x is odd\n"));
}

TEST(names_of_steps_are_harmless)
{
	const struct build_event begun = {.kind = BUILD_STEP_OUTPUT,
					  .step = 1,
					  .name = "RUN \x1b[2J",
					  .bytes = "x",
					  .length = 1};
	const struct build_event ended = {.kind = BUILD_STEP_FAILED, .step = 1, .text = "\x1b[H"};
	int directory = test_directory(NULL);
	int fd = openat(directory, "names", O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
	struct build_progress *progress = build_progress_new(PROGRESS_PLAIN, fd, false);
	auto_strbuf struct strbuf out = {0};

	build_progress_event(progress, 0, NULL, &begun);
	build_progress_event(progress, 0, NULL, &ended);
	CHECK_INT(file_read(directory, "names", 65536, &out, NULL), 0);
	build_progress_conclude(progress, &out);
	CHECK(strstr(out.text, " > RUN \\x1b[2J:\nx\n"));
	CHECK(!strchr(out.text, '\x1b'));
	build_progress_free(progress);
	close(fd);
	close(directory);
}

TEST(steps_of_builds_side_by_side_have_numbers_of_their_own)
{
	int directory = test_directory(NULL);
	int fd = openat(directory, "two", O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
	struct build_progress *progress = build_progress_new(PROGRESS_PLAIN, fd, false);
	auto_strbuf struct strbuf out = {0};

	build_progress_event(progress, 0, "a", &events[4]);
	build_progress_event(progress, 1, "b", &events[4]);
	build_progress_event(progress, 0, "a", &done);
	CHECK_INT(file_read(directory, "two", 65536, &out, NULL), 0);
	CHECK_TEXT(out.text, "#1 [a build 2/2] RUN make\n"
			     "#1 ...\n"
			     "\n#2 [b build 2/2] RUN make\n"
			     "#2 ...\n"
			     "\n#1 [a build 2/2] RUN make\n"
			     "#1 DONE 2.0s\n");
	build_progress_free(progress);
	close(fd);
	close(directory);
}

TEST(quiet_says_nothing_and_json_one_object_an_event)
{
	auto_strbuf struct strbuf quiet = {0}, out = {0};
	struct build_progress *progress = build_progress_new(PROGRESS_QUIET, -1, false);

	build_progress_event(progress, 0, NULL, &failed);
	build_progress_conclude(progress, &quiet);
	CHECK_INT(quiet.length, 0);
	build_progress_free(progress);
	record(PROGRESS_JSON, "web", &failed, &out);
	CHECK(strstr(out.text, "{\"build\":\"output\",\"service\":\"web\",\"step\":3,"
			       "\"name\":\"[web build 2/2] RUN make\",\"stream\":1,"
			       "\"output\":\"one\\nt\"}\n"));
	CHECK(strstr(out.text,
		     "{\"build\":\"failed\",\"service\":\"web\",\"step\":3,"
		     "\"name\":\"[web build 2/2] RUN make\",\"text\":\"exit code: 2\"}\n"));
	CHECK(strstr(out.text,
		     "{\"build\":\"warning\",\"service\":\"web\",\"text\":\"x is odd\"}\n"));
}

static void play_endless(struct build_progress *progress, int steps)
{
	for (int i = 1; i <= steps; i++) {
		struct build_event event = {
			.kind = BUILD_STEP_BEGUN, .step = i, .name = "[1/2] COPY a b"};

		build_progress_event(progress, 0, NULL, &event);
		event.kind = BUILD_STEP_DONE;
		build_progress_event(progress, 0, NULL, &event);
	}
}

static size_t count_lines(const struct strbuf *text)
{
	size_t lines = 0;

	for (size_t i = 0; i < text->length; i++)
		lines += text->text[i] == '\n';
	return lines;
}

TEST(a_terminal_shows_the_last_lines_and_only_colours)
{
	struct build_progress *progress = build_progress_new(PROGRESS_TTY, -1, false);
	auto_strbuf struct strbuf out = {0}, whole = {0};
	size_t drawn;

	play_endless(progress, 40);
	for (size_t i = 4; i < 7; i++) {
		struct build_event event = events[i];

		event.step = 41;
		build_progress_event(progress, 0, NULL, &event);
	}
	drawn = build_progress_draw(progress, &out, 12, 40);
	CHECK_INT(drawn, count_lines(&out));
	CHECK(count_lines(&out) <= 12);
	CHECK(strstr(out.text, "[+] Building "));
	CHECK(strstr(out.text, " (40/41)\n"));
	CHECK(strstr(out.text, " => => # one\n"));
	CHECK(strstr(out.text, " => => # t\x1b[31mred\x1b[0m\n"));
	CHECK(!strstr(out.text, "\x1b[2J"));
	CHECK_INT(build_progress_draw(progress, &whole, SIZE_MAX, SIZE_MAX), 42);
	CHECK(!strstr(whole.text, "red"));
	build_progress_free(progress);
}
