/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "compose/apply/background.h"

#include "base/log.h"
#include "builder/build.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct heard {
	unsigned events, warnings;
	struct apply_event last;
	char object[64], detail[64], output[64], build[64], line[64];
	size_t output_length, build_bytes;
	unsigned ticks;
};

static void hear(const struct apply_event *event, void *data)
{
	struct heard *heard = data;

	heard->events++;
	heard->last = *event;
	snprintf(heard->object, sizeof(heard->object), "%s", event->object);
	snprintf(heard->detail, sizeof(heard->detail), "%s", event->detail ? event->detail : "-");
}

static void hear_output(const struct apply_output *output, void *data)
{
	struct heard *heard = data;

	snprintf(heard->output, sizeof(heard->output), "%s of %s: %.*s", output->container,
		 output->service, (int)output->length, output->bytes);
	heard->output_length = output->length;
}

static void hear_build(const struct apply_build_event *event, void *data)
{
	struct heard *heard = data;

	if (event->event)
		snprintf(heard->build, sizeof(heard->build), "%zu %s: %s %.*s", event->job,
			 event->label ? event->label : "-", event->event->name,
			 (int)event->event->length, event->event->bytes);
	else
		heard->ticks++;
	heard->build_bytes += event->event ? event->event->length : 0;
}

static void hear_line(const char *line, void *data)
{
	struct heard *heard = data;

	snprintf(heard->line, sizeof(heard->line), "%s", line);
}

static bool hear_question(const char *question, void *data)
{
	(void)data;
	return strcmp(question, "really?") == 0;
}

static void hear_log(enum log_level level, const char *text, void *data)
{
	struct heard *heard = data;

	heard->warnings += level == LOG_LEVEL_WARNING && strcmp(text, "beware 7") == 0;
}

static void finish(struct background *background, struct heard *heard)
{
	struct pollfd poll_fd = {.fd = background->fd, .events = POLLIN};
	const struct background_reader reader = {hear,	    hear_output,   hear_build,
						 hear_line, hear_question, heard};

	log_set_sink(hear_log, heard);
	do {
		CHECK(poll(&poll_fd, 1, 10000) == 1);
	} while (background_read(background, &reader));
	background_end(background);
	log_set_sink(NULL, NULL);
	CHECK_INT(background->pid, 0);
}

static void say(struct apply *apply, enum apply_event_kind kind, const char *detail)
{
	const struct apply_event event = {
		.kind = kind, .object = "Container a-1", .action = "Starting", .detail = detail};

	apply->progress(&event, apply->data);
}

static int work(struct apply *apply, void *data, struct error *err)
{
	(void)data;
	(void)err;
	say(apply, APPLY_WORKING, NULL);
	say(apply, APPLY_FAILED, "why");
	log_warning("beware %d", 7);
	apply->output(&(struct apply_output){"a-1", "a", "b\0c", 3}, apply->data);
	background_say("Syncing", apply->data);
	if (background_ask("no?", apply->data) || !background_ask("really?", apply->data))
		return 4;
	return 3;
}

TEST(passes_events_and_warnings_on_and_ends_with_a_result)
{
	struct background background;
	struct heard heard = {0};
	struct apply apply = {0};
	struct error err = {0};

	CHECK_OK(background_begin(&background, &apply, work, NULL, &err));
	finish(&background, &heard);
	CHECK_INT(background.result, 3);
	CHECK_INT(heard.events, 2);
	CHECK_INT(heard.warnings, 1);
	CHECK_INT(heard.last.kind, APPLY_FAILED);
	CHECK_TEXT(heard.object, "Container a-1");
	CHECK_TEXT(heard.detail, "why");
	CHECK_TEXT(heard.output, "a-1 of a: b");
	CHECK_INT(heard.output_length, 3);
	CHECK_TEXT(heard.line, "Syncing");
}

static int fail_long(struct apply *apply, void *data, struct error *err)
{
	char detail[6000];

	(void)data;
	memset(detail, 'x', sizeof(detail));
	detail[sizeof(detail) - 1] = '\0';
	say(apply, APPLY_DONE, detail);
	return error_set(err, ERROR_CONFLICT, "no room");
}

TEST(carries_an_error_and_cuts_what_is_too_long)
{
	struct background background;
	struct heard heard = {0};
	struct apply apply = {0};
	struct error err = {0};

	CHECK_OK(background_begin(&background, &apply, fail_long, NULL, &err));
	finish(&background, &heard);
	CHECK_INT(heard.events, 1);
	CHECK_INT(background.result, -1);
	CHECK_INT(background.err.code, ERROR_CONFLICT);
	CHECK_TEXT(background.err.text, "no room");
}

/* As the executor does: begins nothing more when the descriptor is readable. */
static int wait_for_cancel(struct apply *apply, void *data, struct error *err)
{
	struct pollfd poll_fd = {.fd = apply->cancel_fd, .events = POLLIN};

	(void)data;
	if (poll(&poll_fd, 1, 10000) != 1)
		return 0;
	say(apply, APPLY_DONE, NULL);
	return error_set(err, ECANCELED, "interrupted");
}

TEST(is_cancelled_when_asked_and_still_heard)
{
	struct background background;
	struct heard heard = {0};
	struct apply apply = {0};
	struct error err = {0};

	CHECK_OK(background_begin(&background, &apply, wait_for_cancel, NULL, &err));
	background_cancel(&background);
	finish(&background, &heard);
	CHECK_INT(heard.events, 1);
	CHECK_INT(background.result, -1);
	CHECK_INT(background.err.code, ECANCELED);
}

TEST(counts_as_cancelled_when_killed)
{
	struct background background;
	struct heard heard = {0};
	struct apply apply = {0};
	struct error err = {0};

	CHECK_OK(background_begin(&background, &apply, wait_for_cancel, NULL, &err));
	background_kill(&background);
	finish(&background, &heard);
	CHECK_INT(background.result, -1);
	CHECK_INT(background.err.code, ECANCELED);
	background_kill(&background); /* no process: nothing happens */
	background_cancel(&background);
}

static int build(struct apply *apply, void *data, struct error *err)
{
	static char bytes[100000];
	const struct build_event event = {
		.kind = BUILD_STEP_OUTPUT,
		.name = "[1/2] RUN make",
		.bytes = bytes,
		.length = sizeof(bytes),
	};
	const struct apply_build_event first = {.job = 7, .label = "web", .event = &event};
	const struct apply_build_event tick = {0};

	(void)data;
	(void)err;
	memset(bytes, 'x', sizeof(bytes));
	apply->builds(&first, apply->data);
	apply->builds(&tick, apply->data);
	return 0;
}

TEST(passes_what_builds_write_however_long)
{
	struct background background;
	struct heard heard = {0};
	struct apply apply = {.builds = hear_build};
	struct error err = {0};

	CHECK_OK(background_begin(&background, &apply, build, NULL, &err));
	finish(&background, &heard);
	CHECK_INT(background.result, 0);
	CHECK_INT(heard.build_bytes, 100000);
	CHECK_INT(heard.ticks, 1);
	CHECK(strncmp(heard.build, "7 web: [1/2] RUN make xxx", 25) == 0);
}
