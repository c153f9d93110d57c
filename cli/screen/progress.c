/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/screen/progress.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "cli/screen/build_progress.h"
#include "cli/screen/output.h"
#include "cli/screen/progress_private.h"
#include "cli/screen/terminal.h"

#include <stdlib.h>
#include <unistd.h>

/* What a build writes is worth a redraw so often. */
#define REDRAW_NS (50 * MILLISECOND)

struct progress {
	struct progress_options options;
	struct progress_lines lines;
	struct build_progress *builds; /* NULL: there were none */
	size_t drawn;		       /* lines on the screen */
	int64_t drawn_ns;
	void (*before)(void *data); /* or NULL */
	void *before_data;
};

int progress_fd(void)
{
	const char *text = getenv("COMPOSE_STATUS_STDOUT");
	bool to_stdout = false;

	if (text && *text && units_parse_bool(&to_stdout, text, NULL) == 0 && to_stdout)
		return STDOUT_FILENO;
	return STDERR_FILENO;
}

struct progress *progress_new(const struct progress_options *options)
{
	struct progress *progress = alloc_zeroed(1, sizeof(*progress));

	progress->options = *options;
	return progress;
}

void progress_set_before(struct progress *progress, void (*before)(void *data), void *data)
{
	progress->before = before;
	progress->before_data = data;
}

static void call_before(const struct progress *progress)
{
	if (progress->before)
		progress->before(progress->before_data);
}

static void clear_lines(struct progress *progress)
{
	build_progress_free(progress->builds);
	progress->builds = NULL;
	progress_lines_clear(&progress->lines);
	progress->drawn = 0;
}

void progress_free(struct progress *progress)
{
	if (!progress)
		return;
	clear_lines(progress);
	free(progress);
}

static void write_out(const struct progress *progress, const struct strbuf *text)
{
	struct error err = {0};
	int fd = progress->options.fd;

	if (text->length > 0)
		call_before(progress);
	if (file_write_all(fd, strbuf_text(text), text->length, &err) < 0 && fd == STDOUT_FILENO)
		output_failed(err.code);
}

/* Back to the first live line, everything from there erased. */
static void add_erase(struct strbuf *out, struct progress *progress)
{
	if (progress->drawn > 0)
		strbuf_printf(out, "\x1b[%zuA\r\x1b[J", progress->drawn);
	progress->drawn = 0;
}

/* Both blocks; builds have what the others leave of the screen. */
static void add_blocks(struct strbuf *out, struct progress *progress, size_t rows, size_t columns)
{
	bool has_builds = !build_progress_is_empty(progress->builds);
	struct progress_room room = {
		.rows = has_builds && rows != SIZE_MAX ? rows / 4 + 1 : rows,
		.columns = columns,
		.has_colour = progress->options.has_colour,
		.is_dry_run = progress->options.is_dry_run,
	};
	size_t lines = progress->lines.map.count;

	if (lines > room.rows)
		lines = room.rows;
	if (has_builds && rows > lines + 4)
		progress->drawn += build_progress_draw(
			progress->builds, out, rows == SIZE_MAX ? rows : rows - lines - 1, columns);
	if (lines > 0)
		progress->drawn += progress_block_draw(out, &progress->lines, &room);
}

static bool has_blocks(const struct progress *progress)
{
	return progress->lines.map.count > 0 || !build_progress_is_empty(progress->builds);
}

static void redraw(struct progress *progress)
{
	auto_strbuf struct strbuf text = {0};
	size_t rows, columns;

	terminal_size(progress->options.fd, &rows, &columns);
	add_erase(&text, progress);
	add_blocks(&text, progress, rows > 4 ? rows - 3 : 1, columns);
	write_out(progress, &text);
	progress->drawn_ns = units_monotonic_ns();
}

/* How many bytes more are worth telling: what reads JSON learns of each hundredth. */
static int64_t least_bytes(const struct progress_options *options, const struct apply_event *event)
{
	if (options->mode == PROGRESS_JSON)
		return event->total / 100 + 1;
	return options->mode == PROGRESS_TTY ? 1 : 0;
}

void progress_event(const struct apply_event *event, void *data)
{
	struct progress *progress = data;
	const struct progress_options *options = &progress->options;
	auto_strbuf struct strbuf text = {0};

	if (options->mode == PROGRESS_QUIET ||
	    !progress_lines_take(&progress->lines, event, least_bytes(options, event)))
		return;
	if (options->mode == PROGRESS_TTY) {
		redraw(progress);
		return;
	}
	if (options->mode == PROGRESS_JSON)
		progress_format_json(&text, event, options->is_dry_run);
	else
		progress_format_plain(&text, event, options->is_dry_run);
	write_out(progress, &text);
}

void progress_set_mode(struct progress *progress, enum progress_mode mode, int build_fd)
{
	progress->options.mode = mode;
	progress->options.build_fd = build_fd;
}

static bool is_due(const struct progress *progress)
{
	return units_monotonic_ns() - progress->drawn_ns >= REDRAW_NS;
}

void progress_build_event(const struct apply_build_event *event, void *data)
{
	struct progress *progress = data;
	const struct progress_options *options = &progress->options;
	bool is_urgent = false;

	if (!progress->builds)
		progress->builds = build_progress_new(
			options->mode,
			options->mode == PROGRESS_PLAIN ? options->build_fd : options->fd,
			options->has_colour);
	if (options->mode != PROGRESS_TTY)
		call_before(progress);
	if (event->event)
		is_urgent = build_progress_event(progress->builds, event->job, event->label,
						 event->event);
	if (options->mode == PROGRESS_TTY && (is_urgent || is_due(progress)))
		redraw(progress);
}

void progress_say(struct progress *progress, const char *line)
{
	auto_strbuf struct strbuf text = {0};

	if (progress->options.mode == PROGRESS_TTY)
		add_erase(&text, progress);
	strbuf_add(&text, line);
	strbuf_add_char(&text, '\n');
	write_out(progress, &text);
	if (progress->options.mode == PROGRESS_TTY && has_blocks(progress))
		redraw(progress);
}

void progress_hide(struct progress *progress)
{
	auto_strbuf struct strbuf text = {0};

	add_erase(&text, progress);
	write_out(progress, &text);
}

void progress_make_plain(struct progress *progress)
{
	if (progress->options.mode != PROGRESS_TTY)
		return;
	progress_finish(progress);
	progress->options.mode = PROGRESS_PLAIN;
}

static void conclude_builds(struct progress *progress, struct strbuf *text)
{
	const struct progress_options *options = &progress->options;

	if (!progress->builds)
		return;
	build_progress_conclude(progress->builds, text);
	if (options->mode == PROGRESS_PLAIN && text->length > 0) {
		call_before(progress);
		file_write_all(options->build_fd, text->text, text->length, NULL);
		strbuf_clear(text);
	}
}

void progress_finish(struct progress *progress)
{
	auto_strbuf struct strbuf text = {0};

	if (!progress)
		return;
	if (progress->options.mode == PROGRESS_TTY && has_blocks(progress)) {
		add_erase(&text, progress);
		add_blocks(&text, progress, SIZE_MAX, SIZE_MAX);
	}
	conclude_builds(progress, &text);
	write_out(progress, &text);
	clear_lines(progress);
}
