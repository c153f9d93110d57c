/* SPDX-License-Identifier: Apache-2.0 */
/* Builds as plain lines ("#5 0.312 text") and as JSON objects; see cli/screen/build_progress.h. */
#include "cli/screen/build_line.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/units.h"
#include "cli/screen/filter.h"
#include "cli/screen/output.h"

#include <string.h>
#include <unistd.h>

/* A line of a step that never ends is passed on in pieces of this size. */
#define LONGEST_LINE ((size_t)64 * 1024)

static void write_out(const struct build_progress *progress, const struct strbuf *text)
{
	struct error err = {0};

	if (text->length > 0 &&
	    file_write_all(progress->fd, strbuf_text(text), text->length, &err) < 0 &&
	    progress->fd == STDOUT_FILENO)
		output_failed(err.code);
}

/* Lines of a step stand below its name; where another one came between, it is named again. */
static void choose(struct build_progress *progress, struct build_line *line, struct strbuf *out)
{
	struct build_line *last = progress->current;

	if (last == line)
		return;
	if (last && !last->has_ended)
		strbuf_printf(out, "#%d ...\n", last->number);
	strbuf_printf(out, "%s#%d ", last ? "\n" : "", line->number);
	filter_text(out, line->name, strlen(line->name));
	strbuf_add_char(out, '\n');
	progress->current = line;
}

static void add_output(struct strbuf *out, const struct build_line *line, struct strbuf *partial)
{
	strbuf_printf(out, "#%d %.3f ", line->number, build_line_seconds(line));
	if (!line->is_for_terminal)
		strbuf_add_n(out, strbuf_text(partial), partial->length);
	else if (filter_log(out, strbuf_text(partial), partial->length))
		strbuf_add(out, SGR_RESET);
	strbuf_add_char(out, '\n');
	strbuf_clear(partial);
}

static void add_lines(struct strbuf *out, struct build_line *line, const struct build_event *event)
{
	struct strbuf *partial = &line->partial[event->stream == 2];
	const char *at = event->bytes;
	size_t left = event->length;

	while (left > 0) {
		const char *end = memchr(at, '\n', left);
		size_t length = end ? (size_t)(end - at) : left;

		strbuf_add_n(partial, at, length);
		if (end || partial->length >= LONGEST_LINE)
			add_output(out, line, partial);
		length += end != NULL;
		at += length;
		left -= length;
	}
}

static void add_detail(struct strbuf *out, const struct build_line *line,
		       struct build_detail *detail, const struct build_event *event)
{
	bool is_done =
		event->kind == BUILD_STEP_NOTE || (event->total > 0 && event->done >= event->total);
	auto_strbuf struct strbuf text = {0};

	/* Bytes on their way are worth a line a second. */
	if (!is_done && event->time_ns - detail->said_ns < SECOND)
		return;
	detail->said_ns = event->time_ns;
	build_detail_print(&text, detail);
	strbuf_printf(out, "#%d ", line->number);
	filter_text(out, strbuf_text(&text), text.length);
	strbuf_add(out, is_done ? " done\n" : "\n");
}

static void add_end(struct strbuf *out, struct build_line *line, const struct build_event *event)
{
	for (size_t i = 0; i < 2; i++)
		if (line->partial[i].length > 0)
			add_output(out, line, &line->partial[i]);
	strbuf_printf(out, "#%d ", line->number);
	if (event->kind == BUILD_STEP_FAILED) {
		const char *text = event->text ? event->text : "";

		strbuf_add(out, "ERROR: ");
		filter_text(out, text, strcspn(text, "\n"));
		strbuf_add_char(out, '\n');
	} else if (event->kind == BUILD_STEP_DONE) {
		strbuf_printf(out, "DONE %.1fs\n", build_line_seconds(line));
	} else {
		strbuf_add(out, event->kind == BUILD_STEP_CACHED ? "CACHED\n" : "CANCELED\n");
	}
}

void build_plain_event(struct build_progress *progress, struct build_line *line,
		       const struct build_event *event, struct build_detail *detail)
{
	auto_strbuf struct strbuf out = {0};

	/* What was cached has been told so. */
	if (event->kind == BUILD_STEP_DONE && line->state == BUILD_STEP_CACHED)
		return;
	if (event->kind == BUILD_STEP_OUTPUT)
		add_lines(&out, line, event);
	else if (detail)
		add_detail(&out, line, detail, event);
	else if (event->kind != BUILD_STEP_BEGUN)
		add_end(&out, line, event);
	if (out.length > 0 || event->kind == BUILD_STEP_BEGUN) {
		auto_strbuf struct strbuf all = {0};

		choose(progress, line, &all);
		strbuf_add_n(&all, strbuf_text(&out), out.length);
		write_out(progress, &all);
	}
}

static const char *const event_words[] = {
	[BUILD_STEP_BEGUN] = "begun",	[BUILD_STEP_CACHED] = "cached",
	[BUILD_STEP_OUTPUT] = "output", [BUILD_STEP_PROGRESS] = "progress",
	[BUILD_STEP_NOTE] = "note",	[BUILD_STEP_DONE] = "done",
	[BUILD_STEP_FAILED] = "failed", [BUILD_STEP_CANCELED] = "canceled",
	[BUILD_WARNING] = "warning",
};

void build_json_event(struct strbuf *out, const struct build_line *line, const char *label,
		      const struct build_event *event)
{
	auto_json json *object = json_new_object();

	json_set_string(object, "build", event_words[event->kind]);
	json_set_string(object, "service", label);
	if (line) {
		json_set_int(object, "step", line->number);
		json_set_string(object, "name", line->name);
	}
	json_set_string(object, "text", event->text);
	if (event->kind == BUILD_STEP_OUTPUT) {
		json_set_int(object, "stream", event->stream);
		json_set_bytes(object, "output", event->bytes ? event->bytes : "", event->length);
	}
	if (event->kind == BUILD_STEP_PROGRESS) {
		json_set_int(object, "done", event->done);
		json_set_int(object, "total", event->total);
	}
	if (event->duration_ns > 0)
		json_set_int(object, "duration", event->duration_ns);
	json_print(out, object, false);
	strbuf_add_char(out, '\n');
}
