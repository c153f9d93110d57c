/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/file.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "builder/build.h"
#include "cli/screen/progress.h"
#include "cli/screen/progress_private.h"
#include "compose/apply/apply.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const struct apply_event starting = {
	.kind = APPLY_WORKING, .object = "Container shop-web-1", .action = "Starting"};
static const struct apply_event started = {
	.kind = APPLY_DONE, .object = "Container shop-web-1", .action = "Started"};
static const struct apply_event failed = {
	.kind = APPLY_FAILED,
	.object = "Container shop-db-1",
	.action = "Error",
	.detail = "no\x1b[2Jimage",
};

TEST(formats_plain_lines)
{
	auto_strbuf struct strbuf out = {0};

	progress_format_plain(&out, &starting, false);
	progress_format_plain(&out, &failed, true);
	CHECK_TEXT(out.text, " Container shop-web-1 Starting\n"
			     " DRY-RUN MODE -  Container shop-db-1 Error no\\x1b[2Jimage\n");
}

TEST(formats_json_lines)
{
	auto_strbuf struct strbuf out = {0};

	progress_format_json(&out, &started, false);
	progress_format_json(&out, &failed, false);
	CHECK_TEXT(out.text,
		   "{\"id\":\"Container shop-web-1\",\"status\":\"Done\",\"text\":\"Started\"}\n"
		   "{\"id\":\"Container shop-db-1\",\"status\":\"Error\",\"text\":\"Error\","
		   "\"details\":\"no\\u001b[2Jimage\"}\n");
}

TEST(a_part_has_a_parent_and_amounts)
{
	struct apply_event event = {
		.kind = APPLY_WORKING,
		.object = "0123456789ab",
		.parent = "Image redis:7",
		.action = "Downloading",
		.done = 500000,
		.total = 2000000,
	};
	auto_strbuf struct strbuf out = {0};

	progress_format_json(&out, &event, false);
	CHECK_TEXT(out.text, "{\"id\":\"0123456789ab\",\"parent_id\":\"Image redis:7\","
			     "\"status\":\"Working\",\"text\":\"Downloading\","
			     "\"details\":\"500kB\",\"current\":500000,\"total\":2000000,"
			     "\"percent\":25}\n");
	strbuf_clear(&out);
	progress_format_plain(&out, &event, false);
	CHECK_TEXT(out.text, " 0123456789ab Downloading 2MB\n");
	event = (struct apply_event){.kind = APPLY_DONE,
				     .object = "0123456789ab",
				     .parent = "Image redis:7",
				     .action = "Already exists"};
	strbuf_clear(&out);
	progress_format_json(&out, &event, false);
	CHECK_TEXT(out.text, "{\"id\":\"0123456789ab\",\"parent_id\":\"Image redis:7\","
			     "\"status\":\"Done\",\"text\":\"Already exists\",\"percent\":100}\n");
}

TEST(formats_errors_as_text_or_json)
{
	auto_strbuf struct strbuf out = {0};

	progress_format_error(&out, PROGRESS_PLAIN, "first \x1b[1m\nsecond");
	CHECK_TEXT(out.text, "first \\x1b[1m\nsecond\n");
	strbuf_clear(&out);
	progress_format_error(&out, PROGRESS_JSON, "no such service: x");
	CHECK_TEXT(out.text, "{\"error\":true,\"message\":\"no such service: x\"}\n");
}

/* What a run of events writes in @mode. */
static void record(enum progress_mode mode, struct strbuf *out)
{
	int directory = test_directory(NULL);
	int fd = openat(directory, "out", O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
	struct progress_options options = {.mode = mode, .fd = fd, .operation = "up"};
	struct progress *progress = progress_new(&options);

	progress_event(&starting, progress);
	progress_event(&starting, progress);
	progress_say(progress, "warning: hot");
	progress_event(&started, progress);
	progress_finish(progress);
	progress_free(progress);
	CHECK_INT(file_read(directory, "out", 65536, out, NULL), 0);
	close(fd);
	close(directory);
}

TEST(says_each_change_once_in_plain_mode)
{
	auto_strbuf struct strbuf out = {0};

	record(PROGRESS_PLAIN, &out);
	CHECK_TEXT(out.text, " Container shop-web-1 Starting\nwarning: hot\n"
			     " Container shop-web-1 Started\n");
}

TEST(says_only_warnings_in_quiet_mode)
{
	auto_strbuf struct strbuf out = {0};

	record(PROGRESS_QUIET, &out);
	CHECK_TEXT(strbuf_text(&out), "warning: hot\n");
}

TEST(redraws_on_a_terminal_and_leaves_the_final_state)
{
	auto_strbuf struct strbuf out = {0};
	const char *last;

	record(PROGRESS_TTY, &out);
	CHECK(strstr(out.text, "\x1b[2A\r"));
	CHECK(strstr(out.text, "[+] up 0/1: 1 starting\n"));
	last = strstr(out.text, "\x1b[2A\r\x1b[J[+] up 1/1\n");
	assert_non_null(last);
	CHECK_TEXT(last, "\x1b[2A\r\x1b[J[+] up 1/1\n ✔ Container shop-web-1  Started   0.0s\n");
}

/* What two steps of one download write in @mode. */
static void record_download(enum progress_mode mode, struct strbuf *out)
{
	int directory = test_directory(NULL);
	int fd = openat(directory, "out", O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
	struct progress_options options = {.mode = mode, .fd = fd, .operation = "up"};
	struct progress *progress = progress_new(&options);
	struct apply_event event = {
		.kind = APPLY_WORKING, .object = "Layer x", .action = "Downloading", .total = 2000};

	progress_event(&event, progress);
	event.done = 1000;
	progress_event(&event, progress);
	/* On a terminal they are shown when time has passed. */
	for (int64_t until = units_monotonic_ns() + SECOND / 5; units_monotonic_ns() < until;)
		progress_tick(progress);
	event.done = 1010;
	progress_event(&event, progress);
	progress_free(progress);
	CHECK_INT(file_read(directory, "out", 65536, out, NULL), 0);
	close(fd);
	close(directory);
}

TEST(bytes_are_a_bar_on_a_terminal_one_line_in_plain_and_hundredths_in_json)
{
	auto_strbuf struct strbuf bars = {0}, lines = {0};

	record_download(PROGRESS_TTY, &bars);
	CHECK(strstr(bars.text, "0B/2kB [>         ]"));
	CHECK(strstr(bars.text, "1kB/2kB [=====>    ]"));
	record_download(PROGRESS_PLAIN, &lines);
	CHECK_TEXT(lines.text, " Layer x Downloading 2kB\n");
	strbuf_clear(&lines);
	record_download(PROGRESS_JSON, &lines);
	CHECK(strstr(lines.text, "\"total\":2000}\n{"));
	CHECK(strstr(lines.text, "\"current\":1000,\"total\":2000,\"percent\":50}\n"));
	CHECK(!strstr(lines.text, "1010"));
}

TEST(what_was_moved_stays_on_the_screen)
{
	int directory = test_directory(NULL);
	int fd = openat(directory, "out", O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
	struct progress_options options = {.mode = PROGRESS_TTY, .fd = fd};
	struct progress *progress = progress_new(&options);
	auto_strbuf struct strbuf out = {0};
	const struct apply_event event = {.kind = APPLY_DONE,
					  .object = "Image a",
					  .action = "Pulled",
					  .done = 12300000,
					  .total = 12300000};

	progress_event(&event, progress);
	progress_finish(progress);
	progress_free(progress);
	CHECK_INT(file_read(directory, "out", 65536, &out, NULL), 0);
	CHECK(strstr(out.text, "  12.3MB\n"));
	close(fd);
	close(directory);
}

TEST(a_layer_of_two_images_is_told_of_as_a_part_of_the_first)
{
	struct progress_lines lines = {0};
	struct apply_event event = {.kind = APPLY_WORKING,
				    .object = "0123",
				    .parent = "Image a",
				    .action = "Downloading"};

	CHECK(progress_lines_take(&lines, &event, 0));
	event.parent = "Image b";
	event.action = "Waiting";
	CHECK(!progress_lines_take(&lines, &event, 0));
	event.parent = "Image a";
	event.action = "Extracting";
	CHECK(progress_lines_take(&lines, &event, 0));
	progress_lines_clear(&lines);
}

TEST(builds_stand_above_what_comes_of_them)
{
	int directory = test_directory(NULL);
	int fd = openat(directory, "out", O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
	struct progress_options options = {.mode = PROGRESS_TTY, .fd = fd};
	struct progress *progress = progress_new(&options);
	const struct build_event event = {
		.kind = BUILD_STEP_CACHED, .step = 1, .name = "[1/1] FROM x"};
	auto_strbuf struct strbuf out = {0};
	const char *last, *build, *line;

	progress_event(&starting, progress);
	progress_build_event(&(struct apply_build_event){.event = &event}, progress);
	progress_build_event(&(struct apply_build_event){.event = NULL}, progress);
	progress_event(&started, progress);
	progress_finish(progress);
	progress_free(progress);
	CHECK_INT(file_read(directory, "out", 65536, &out, NULL), 0);
	last = strstr(out.text, "\x1b[4A\r\x1b[J[+] Building");
	CHECK(last);
	while (last && strstr(last + 1, "[+] Building"))
		last = strstr(last + 1, "[+] Building");
	build = last ? strstr(last, " => CACHED [1/1] FROM x") : NULL;
	line = last ? strstr(last, "Container shop-web-1") : NULL;
	CHECK(build && line && build < line);
	close(fd);
	close(directory);
}
