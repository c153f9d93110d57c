/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/screen/progress.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "cli/screen/build_progress.h"
#include "cli/screen/filter.h"
#include "cli/screen/output.h"
#include "cli/screen/terminal.h"
#include "compose/apply/apply.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SGR_RESET "\x1b[0m"
/* What a build writes is worth a redraw so often. */
#define REDRAW_NS (50 * MILLISECOND)

struct line {
	char *action, *detail;
	enum apply_event_kind kind;
	int64_t started_ns, ended_ns;
	int64_t done, total; /* bytes; total 0: no bar */
};

struct progress {
	struct progress_options options;
	struct map lines;	       /* object -> struct line */
	struct build_progress *builds; /* NULL: there were none */
	size_t drawn;		       /* lines on the screen */
	size_t columns, rows;
	int64_t drawn_ns;
	void (*before)(void *data); /* or NULL */
	void *before_data;
};

static const struct {
	const char *mark, *colour, *status;
} kinds[] = {
	[APPLY_WORKING] = {"…", "\x1b[33m", "Working"},
	[APPLY_DONE] = {"✔", "\x1b[32m", "Done"},
	[APPLY_FAILED] = {"✘", "\x1b[31m", "Error"},
	[APPLY_SKIPPED] = {"-", "\x1b[2m", "Skipped"},
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
	map_each (entry, &progress->lines) {
		struct line *line = entry->value;

		free(line->action);
		free(line->detail);
		free(line);
	}
	map_release(&progress->lines);
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

static void add_safe(struct strbuf *out, const char *text)
{
	filter_text(out, text ? text : "", text ? strlen(text) : 0);
}

void progress_format_plain(struct strbuf *out, const struct apply_event *event, bool is_dry_run)
{
	strbuf_add(out, is_dry_run ? " DRY-RUN MODE -  " : " ");
	add_safe(out, event->object);
	strbuf_add_char(out, ' ');
	add_safe(out, event->action);
	if (event->detail && *event->detail) {
		strbuf_add_char(out, ' ');
		add_safe(out, event->detail);
	}
	strbuf_add_char(out, '\n');
}

void progress_format_json(struct strbuf *out, const struct apply_event *event, bool is_dry_run)
{
	auto_json json *object = json_new_object();

	if (is_dry_run)
		json_set_bool(object, "dry-run", true);
	json_set_string(object, "id", event->object);
	json_set_string(object, "status", kinds[event->kind].status);
	json_set_string(object, "text", event->action);
	if (event->detail && *event->detail)
		json_set_string(object, "details", event->detail);
	json_print(out, object, false);
	strbuf_add_char(out, '\n');
}

void progress_format_error(struct strbuf *out, enum progress_mode mode, const char *message)
{
	auto_json json *object = NULL;

	if (mode == PROGRESS_JSON) {
		object = json_new_object();
		json_set_bool(object, "error", true);
		json_set_string(object, "message", message);
		json_print(out, object, false);
		strbuf_add_char(out, '\n');
		return;
	}
	/* Messages may have several lines; each is made safe by itself. */
	for (const char *at = message;;) {
		size_t length = strcspn(at, "\n");

		filter_text(out, at, length);
		strbuf_add_char(out, '\n');
		if (!at[length] || !at[length + 1])
			return;
		at += length + 1;
	}
}

/* At most @columns characters of a line, so that it never wraps. */
static void add_clipped(struct strbuf *out, const struct strbuf *text, size_t columns)
{
	size_t width = 0;

	for (size_t i = 0; i < text->length; i++) {
		width += ((unsigned char)text->text[i] & 0xc0) != 0x80;
		if (width > columns)
			return;
		strbuf_add_char(out, text->text[i]);
	}
}

#define BAR_WIDTH 10

static void add_bar(struct strbuf *text, const struct line *line)
{
	int64_t done = line->done < line->total ? line->done : line->total;
	int filled = (int)((double)done * BAR_WIDTH / (double)line->total);
	char sizes[2][32];

	units_format_size(sizes[0], sizeof(sizes[0]), done);
	units_format_size(sizes[1], sizeof(sizes[1]), line->total);
	strbuf_printf(text, "  %s/%s [", sizes[0], sizes[1]);
	for (int i = 0; i < BAR_WIDTH; i++)
		strbuf_add_char(text, i < filled ? '=' : i == filled ? '>' : ' ');
	strbuf_add_char(text, ']');
}

static void add_line(struct strbuf *out, const struct progress *progress, const char *object,
		     const struct line *line)
{
	auto_strbuf struct strbuf text = {0};
	int64_t end_ns = line->ended_ns ? line->ended_ns : units_monotonic_ns();
	bool colour = progress->options.has_colour;

	strbuf_printf(out, " %s%s%s ", colour ? kinds[line->kind].colour : "",
		      kinds[line->kind].mark, colour ? SGR_RESET : "");
	add_safe(&text, object);
	for (size_t n = text.length; n < 36; n++)
		strbuf_add_char(&text, ' ');
	strbuf_add_char(&text, ' ');
	add_safe(&text, line->action);
	if (line->kind == APPLY_WORKING && line->total > 0)
		add_bar(&text, line);
	if (line->kind != APPLY_WORKING)
		strbuf_printf(&text, " %.1fs", (double)(end_ns - line->started_ns) / 1e9);
	if (line->detail && *line->detail) {
		strbuf_add(&text, "  ");
		add_safe(&text, line->detail);
	}
	add_clipped(out, &text, progress->columns > 5 ? progress->columns - 5 : 1);
	strbuf_add_char(out, '\n');
}

/* Back to the first live line, everything from there erased. */
static void add_erase(struct strbuf *out, struct progress *progress)
{
	if (progress->drawn > 0)
		strbuf_printf(out, "\x1b[%zuA\r\x1b[J", progress->drawn);
	progress->drawn = 0;
}

/* @limit: how many lines fit; those still working come first when there are more. */
static void add_block(struct strbuf *out, struct progress *progress, size_t limit)
{
	size_t done = 0, left = limit, count = progress->lines.count, hidden;

	map_each (entry, &progress->lines)
		done += ((struct line *)entry->value)->kind != APPLY_WORKING;
	strbuf_printf(out, "%s[+] %s %zu/%zu\n",
		      progress->options.is_dry_run ? "DRY-RUN MODE - " : "",
		      done < count ? "Running" : "Done", done, count);
	progress->drawn++;
	hidden = count > limit ? count - limit : 0;
	map_each (entry, &progress->lines) {
		struct line *line = entry->value;

		if (hidden > 0 && line->kind != APPLY_WORKING) {
			hidden--;
			continue;
		}
		if (left-- == 0)
			break;
		add_line(out, progress, entry->key, line);
		progress->drawn++;
	}
}

/* Both blocks; builds have what the others leave of the screen. */
static void add_blocks(struct strbuf *out, struct progress *progress, size_t rows, size_t columns)
{
	bool has_builds = !build_progress_is_empty(progress->builds);
	size_t lines = progress->lines.count, share = rows;

	if (has_builds && rows != SIZE_MAX)
		share = rows / 4 + 1;
	if (lines > share)
		lines = share;
	if (has_builds && rows > lines + 4)
		progress->drawn += build_progress_draw(
			progress->builds, out, rows == SIZE_MAX ? rows : rows - lines - 1, columns);
	if (lines > 0)
		add_block(out, progress, share);
}

static bool has_blocks(const struct progress *progress)
{
	return progress->lines.count > 0 || !build_progress_is_empty(progress->builds);
}

static void redraw(struct progress *progress)
{
	auto_strbuf struct strbuf text = {0};

	terminal_size(progress->options.fd, &progress->rows, &progress->columns);
	add_erase(&text, progress);
	add_blocks(&text, progress, progress->rows > 4 ? progress->rows - 3 : 1, progress->columns);
	write_out(progress, &text);
	progress->drawn_ns = units_monotonic_ns();
}

static struct line *find_line(struct progress *progress, const char *object)
{
	void **slot = map_slot(&progress->lines, object);
	struct line *line = *slot;

	if (!line) {
		line = *slot = alloc_zeroed(1, sizeof(*line));
		line->started_ns = units_monotonic_ns();
	}
	return line;
}

static bool is_same(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

void progress_event(const struct apply_event *event, void *data)
{
	struct progress *progress = data;
	auto_strbuf struct strbuf text = {0};
	struct line *line;

	if (progress->options.mode == PROGRESS_QUIET)
		return;
	line = find_line(progress, event->object);
	if (line->action && line->kind == event->kind && is_same(line->action, event->action) &&
	    is_same(line->detail, event->detail) &&
	    (progress->options.mode != PROGRESS_TTY || line->done == event->done))
		return;
	line->done = event->done;
	line->total = event->total;
	free(line->action);
	free(line->detail);
	line->action = alloc_string(event->action ? event->action : "");
	line->detail = event->detail ? alloc_string(event->detail) : NULL;
	line->kind = event->kind;
	line->ended_ns = event->kind == APPLY_WORKING ? 0 : units_monotonic_ns();
	if (progress->options.mode == PROGRESS_TTY) {
		redraw(progress);
		return;
	}
	if (progress->options.mode == PROGRESS_JSON)
		progress_format_json(&text, event, progress->options.is_dry_run);
	else
		progress_format_plain(&text, event, progress->options.is_dry_run);
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
