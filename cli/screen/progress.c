/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/screen/progress.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "cli/screen/build_progress.h"
#include "cli/screen/columns.h"
#include "cli/screen/output.h"
#include "cli/screen/progress_private.h"
#include "cli/screen/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a build writes is worth a redraw so often. */
#define REDRAW_NS (50 * MILLISECOND)
/* Time that passes is. */
#define TICK_NS (90 * MILLISECOND)

#define ERASE_LINE  "\x1b[K"
#define ERASE_BELOW "\x1b[J"
#define NO_WRAP	    "\x1b[?7l"
#define WRAP	    "\x1b[?7h"

struct progress {
	struct progress_options options;
	struct progress_lines lines;
	struct build_progress *builds; /* NULL: there were none */
	struct strbuf shown;	       /* what stands on the screen, to be replaced */
	size_t columns;		       /* of the screen as it was then */
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
	strbuf_clear(&progress->shown);
}

void progress_free(struct progress *progress)
{
	if (!progress)
		return;
	clear_lines(progress);
	strbuf_release(&progress->shown);
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

/* To the first live line. A terminal breaks lines anew when it has become narrower. */
static void add_return(struct strbuf *out, struct progress *progress, size_t columns)
{
	size_t rows = columns_count_rows(strbuf_text(&progress->shown), progress->columns, columns);

	if (rows > 0)
		strbuf_printf(out, "\x1b[%zuA\r", rows);
	strbuf_clear(&progress->shown);
}

/* Everything from the first live line on. */
static void add_erase(struct strbuf *out, struct progress *progress)
{
	size_t rows, columns;

	if (progress->shown.length == 0)
		return;
	terminal_size(progress->options.fd, &rows, &columns);
	add_return(out, progress, columns);
	strbuf_add(out, ERASE_BELOW);
}

/* Each line replaces the one that stands there, so that nothing flickers; none may wrap. */
static void add_live(struct strbuf *out, const char *text)
{
	strbuf_add(out, NO_WRAP);
	while (*text) {
		size_t length = strcspn(text, "\n") + 1;

		strbuf_add(out, ERASE_LINE);
		strbuf_add_n(out, text, length);
		text += length;
	}
	strbuf_add(out, ERASE_BELOW WRAP);
}

/* Both blocks; builds have what the others leave of the screen. */
static void add_blocks(struct strbuf *out, const struct progress *progress,
		       const struct progress_room *whole)
{
	bool has_builds = !build_progress_is_empty(progress->builds);
	struct progress_room room = *whole;
	size_t lines = progress->lines.map.count;

	if (has_builds && !room.is_final)
		room.rows = room.rows / 4 + 1;
	if (lines > room.rows)
		lines = room.rows;
	if (has_builds && whole->rows > lines + 4)
		build_progress_draw(progress->builds, out,
				    room.is_final ? SIZE_MAX : whole->rows - lines - 1,
				    room.columns);
	if (progress->lines.map.count > 0)
		progress_block_draw(out, &progress->lines, &room);
}

static bool has_blocks(const struct progress *progress)
{
	return progress->lines.map.count > 0 || !build_progress_is_empty(progress->builds);
}

/* One row is the cursor's, one the heading's. */
static void measure(const struct progress *progress, struct progress_room *room)
{
	size_t rows, columns;

	terminal_size(progress->options.fd, &rows, &columns);
	*room = (struct progress_room){
		.rows = rows - 2,
		.columns = columns,
		.operation = progress->options.operation,
		.has_colour = progress->options.has_colour,
		.is_dry_run = progress->options.is_dry_run,
	};
}

static void redraw(struct progress *progress)
{
	auto_strbuf struct strbuf text = {0}, blocks = {0};
	struct progress_room room;

	measure(progress, &room);
	add_blocks(&blocks, progress, &room);
	add_return(&text, progress, room.columns);
	add_live(&text, strbuf_text(&blocks));
	write_out(progress, &text);
	strbuf_add_n(&progress->shown, strbuf_text(&blocks), blocks.length);
	progress->columns = room.columns;
	progress->drawn_ns = units_monotonic_ns();
}

/* How many bytes more are worth telling: what reads JSON learns of each hundredth. */
static int64_t least_bytes(const struct progress_options *options, const struct apply_event *event)
{
	if (options->mode == PROGRESS_JSON)
		return event->total / 100 + 1;
	return options->mode == PROGRESS_TTY ? 1 : 0;
}

static bool is_due(const struct progress *progress, int64_t since_ns)
{
	return units_monotonic_ns() - progress->drawn_ns >= since_ns;
}

bool progress_is_live(const struct progress *progress)
{
	return progress->options.mode == PROGRESS_TTY;
}

void progress_tick(void *data)
{
	struct progress *progress = data;

	if (progress_is_live(progress) && progress_lines_go_on(&progress->lines) &&
	    is_due(progress, TICK_NS))
		redraw(progress);
}

/* Of bytes, of layers and of what is pending, time tells as soon. */
static bool is_urgent(const struct apply_event *event)
{
	return event->kind != APPLY_PENDING && !event->parent &&
	       (event->kind != APPLY_WORKING || event->total == 0);
}

void progress_event(const struct apply_event *event, void *data)
{
	struct progress *progress = data;
	const struct progress_options *options = &progress->options;
	auto_strbuf struct strbuf text = {0};
	bool is_live = options->mode == PROGRESS_TTY, is_news = event->kind != APPLY_PENDING;

	if (options->mode == PROGRESS_QUIET || (!is_live && !is_news) ||
	    !progress_lines_take(&progress->lines, event, least_bytes(options, event)))
		return;
	if (is_live) {
		if (is_urgent(event) || is_due(progress, REDRAW_NS))
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
	if (options->mode == PROGRESS_TTY && (is_urgent || is_due(progress, REDRAW_NS)))
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
	struct progress_room room;

	if (!progress)
		return;
	if (progress_is_live(progress) && has_blocks(progress)) {
		add_erase(&text, progress);
		measure(progress, &room);
		room.is_final = true;
		room.rows = SIZE_MAX;
		add_blocks(&text, progress, &room);
	}
	conclude_builds(progress, &text);
	write_out(progress, &text);
	clear_lines(progress);
}
