/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/screen/build_progress.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/units.h"
#include "cli/screen/build_line.h"
#include "cli/screen/filter.h"
#include "cli/screen/output.h"

#include <string.h>
#include <unistd.h>

/* Of what a step writes so much is kept, for the message about its failure. */
#define LOG_LIMIT ((size_t)256 * 1024)

struct build_progress *build_progress_new(enum progress_mode mode, int fd, bool has_colour)
{
	struct build_progress *progress = alloc_zeroed(1, sizeof(*progress));

	progress->mode = mode;
	progress->fd = fd;
	progress->has_colour = has_colour;
	progress->begun_ns = units_monotonic_ns();
	return progress;
}

void build_progress_free(struct build_progress *progress)
{
	if (!progress)
		return;
	for (size_t i = 0; i < progress->count; i++)
		build_line_free(progress->lines[i]);
	free(progress->lines);
	strvec_release(&progress->warnings);
	free(progress);
}

bool build_progress_is_empty(const struct build_progress *progress)
{
	return !progress || (progress->count == 0 && progress->warnings.count == 0);
}

/* "[build 2/4] RUN make" of the service web is "[web build 2/4] RUN make". */
static char *name_line(const char *label, const char *name)
{
	if (!name)
		name = "";
	if (!label)
		return alloc_string(name);
	return name[0] == '[' ? alloc_format("[%s %s", label, name + 1)
			      : alloc_format("[%s] %s", label, name);
}

static struct build_line *find_line(struct build_progress *progress, size_t job, const char *label,
				    const struct build_event *event)
{
	struct build_line *line;

	for (size_t i = progress->count; i > 0; i--) {
		line = progress->lines[i - 1];
		if (line->job == job && line->step == event->step)
			return line;
	}
	line = alloc_zeroed(1, sizeof(*line));
	line->job = job;
	line->step = event->step;
	line->number = (int)progress->count + 1;
	line->name = name_line(label, event->name);
	line->begun_ns = event->time_ns;
	line->seen_ns = units_monotonic_ns();
	line->state = BUILD_STEP_BEGUN;
	line->is_for_terminal = output_is_terminal(progress->fd);
	progress->lines = alloc_resize(progress->lines, progress->count + 1, sizeof(line));
	progress->lines[progress->count++] = line;
	return line;
}

/* The oldest lines go when it is too much. */
static void keep_output(struct build_line *line, const struct build_event *event)
{
	struct strbuf *log = &line->log;
	size_t surplus;
	const char *end;

	strbuf_add_n(log, event->bytes, event->length);
	if (log->length <= LOG_LIMIT + LOG_LIMIT / 4)
		return;
	surplus = log->length - LOG_LIMIT;
	end = memchr(log->text + surplus, '\n', log->length - surplus);
	if (end)
		surplus = (size_t)(end + 1 - log->text);
	memmove(log->text, log->text + surplus, log->length - surplus + 1);
	log->length -= surplus;
	line->dropped += surplus;
}

static struct build_detail *find_detail(struct build_line *line, const struct build_event *event)
{
	const char *text = event->text ? event->text : "";
	struct build_detail *detail = NULL;

	for (size_t i = 0; i < line->detail_count && !detail; i++)
		if (strcmp(line->details[i].text, text) == 0)
			detail = &line->details[i];
	if (!detail) {
		line->details =
			alloc_resize(line->details, line->detail_count + 1, sizeof(*line->details));
		detail = &line->details[line->detail_count++];
		*detail = (struct build_detail){.text = alloc_string(text)};
	}
	detail->done = event->done;
	detail->total = event->total;
	return detail;
}

static void take(struct build_line *line, const struct build_event *event)
{
	line->now_ns = event->time_ns;
	switch (event->kind) {
	case BUILD_STEP_BEGUN:
		line->begun_ns = event->time_ns;
		line->seen_ns = units_monotonic_ns();
		break;
	case BUILD_STEP_OUTPUT:
		keep_output(line, event);
		break;
	case BUILD_STEP_CACHED:
	case BUILD_STEP_DONE:
	case BUILD_STEP_FAILED:
	case BUILD_STEP_CANCELED:
		/* What was cached is done afterwards, too. */
		if (line->state != BUILD_STEP_CACHED)
			line->state = event->kind;
		line->has_ended = true;
		line->duration_ns = event->duration_ns > 0 ? event->duration_ns
							   : event->time_ns - line->begun_ns;
		break;
	case BUILD_STEP_PROGRESS:
	case BUILD_STEP_NOTE:
	case BUILD_WARNING:
		break;
	}
}

static void add_warning(struct build_progress *progress, const char *label, const char *text)
{
	auto_free char *line = label ? alloc_format("[%s] %s", label, text) : alloc_string(text);

	if (!strvec_contains(&progress->warnings, line))
		strvec_add(&progress->warnings, line);
}

static void forget_output(struct build_line *line)
{
	if (line->state == BUILD_STEP_FAILED)
		return;
	strbuf_release(&line->log);
	line->log = (struct strbuf){0};
}

static void write_json(struct build_progress *progress, const struct build_line *line,
		       const char *label, const struct build_event *event)
{
	auto_strbuf struct strbuf out = {0};
	struct error err = {0};

	build_json_event(&out, line, label, event);
	if (file_write_all(progress->fd, strbuf_text(&out), out.length, &err) < 0 &&
	    progress->fd == STDOUT_FILENO)
		output_failed(err.code);
}

bool build_progress_event(struct build_progress *progress, size_t job, const char *label,
			  const struct build_event *event)
{
	struct build_line *line = NULL;
	struct build_detail *detail = NULL;

	if (progress->mode == PROGRESS_QUIET)
		return false;
	if (event->kind == BUILD_WARNING)
		add_warning(progress, label, event->text ? event->text : "");
	else
		line = find_line(progress, job, label, event);
	if (progress->mode == PROGRESS_JSON) {
		write_json(progress, line, label, event);
		return false;
	}
	if (!line)
		return false;
	take(line, event);
	if (event->kind == BUILD_STEP_PROGRESS || event->kind == BUILD_STEP_NOTE)
		detail = find_detail(line, event);
	if (progress->mode == PROGRESS_PLAIN)
		build_plain_event(progress, line, event, detail);
	if (line->has_ended)
		forget_output(line);
	return event->kind != BUILD_STEP_OUTPUT && event->kind != BUILD_STEP_PROGRESS;
}

static void add_filtered(struct strbuf *out, const struct strbuf *log)
{
	int colours = 0;

	for (size_t at = 0, length; at < log->length; at += length + 1) {
		const char *text = log->text + at;

		length = strcspn(text, "\n");
		length = length < log->length - at ? length : log->length - at;
		colours |= filter_log_line(out, text, length);
		strbuf_add(out, text[length] == '\n' ? "\n" : "");
	}
	strbuf_add(out, colours ? SGR_RESET : "");
}

static void add_failure(struct strbuf *out, const struct build_line *line)
{
	strbuf_add(out, "------\n > ");
	filter_text(out, line->name, strlen(line->name));
	strbuf_add(out, ":\n");
	if (line->dropped)
		strbuf_printf(out, "(%zu bytes before this are not shown)\n", line->dropped);
	if (line->is_for_terminal)
		add_filtered(out, &line->log);
	else
		strbuf_add_n(out, strbuf_text(&line->log), line->log.length);
	if (line->log.length > 0 && line->log.text[line->log.length - 1] != '\n')
		strbuf_add_char(out, '\n');
	strbuf_add(out, "------\n");
}

void build_progress_conclude(struct build_progress *progress, struct strbuf *out)
{
	size_t count = progress->warnings.count;

	if (progress->mode != PROGRESS_PLAIN && progress->mode != PROGRESS_TTY)
		return;
	for (size_t i = 0; i < progress->count; i++)
		if (progress->lines[i]->state == BUILD_STEP_FAILED &&
		    progress->lines[i]->log.length > 0)
			add_failure(out, progress->lines[i]);
	if (count > 0)
		strbuf_printf(out, "\n %zu warning%s found:\n", count, count == 1 ? "" : "s");
	strvec_each (warning, &progress->warnings) {
		strbuf_add(out, " - ");
		filter_text(out, *warning, strlen(*warning));
		strbuf_add_char(out, '\n');
	}
}
