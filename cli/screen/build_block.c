/* SPDX-License-Identifier: Apache-2.0 */
/* Builds as a block on a terminal; see cli/screen/build_progress.h. */
#include "cli/screen/build_line.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "cli/screen/columns.h"
#include "cli/screen/filter.h"

#include <string.h>

#define SGR_CYAN      "\x1b[36m"
#define SGR_RED	      "\x1b[31m"
#define SGR_YELLOW    "\x1b[33m"
#define TAIL_LINES    6
#define TIME_COLUMN   8
#define FINAL_COLUMNS 72

static const struct {
	const char *word, *colour;
} states[] = {
	[BUILD_STEP_BEGUN] = {"", ""},
	[BUILD_STEP_CACHED] = {"CACHED ", SGR_CYAN},
	[BUILD_STEP_DONE] = {"", SGR_CYAN},
	[BUILD_STEP_FAILED] = {"ERROR ", SGR_RED},
	[BUILD_STEP_CANCELED] = {"CANCELED ", SGR_YELLOW},
};

/* " => TEXT        1.2s", the time at the end of the screen's line. */
static void add_timed(struct strbuf *out, const struct build_progress *progress,
		      const struct strbuf *text, double seconds)
{
	size_t room = progress->columns > TIME_COLUMN ? progress->columns - TIME_COLUMN : 0;
	size_t used = columns_add(out, text->text, room);

	if (progress->is_final && room > FINAL_COLUMNS)
		room = FINAL_COLUMNS;
	for (; used < room; used++)
		strbuf_add_char(out, ' ');
	strbuf_printf(out, "%*.1fs", TIME_COLUMN - 2, seconds);
}

static void add_step(struct strbuf *out, const struct build_progress *progress,
		     const struct build_line *line)
{
	const char *colour = progress->has_colour ? states[line->state].colour : "";
	auto_strbuf struct strbuf text = {0};

	strbuf_printf(&text, " => %s", states[line->state].word);
	filter_text(&text, line->name, strlen(line->name));
	strbuf_add(out, colour);
	add_timed(out, progress, &text, build_line_seconds(line));
	strbuf_printf(out, "%s\n", *colour ? SGR_RESET : "");
}

/* What stays is not cut: what an image is called, and its digest. */
static void add_detail(struct strbuf *out, const struct build_progress *progress,
		       const struct build_detail *detail)
{
	auto_strbuf struct strbuf text = {0}, safe = {0};

	build_detail_print(&text, detail);
	strbuf_add(&safe, " => => ");
	filter_text(&safe, strbuf_text(&text), text.length);
	columns_add(out, safe.text, progress->is_final ? SIZE_MAX : progress->columns);
	strbuf_add_char(out, '\n');
}

/* Where the last @count lines begin; an unfinished one is one. */
static const char *find_tail(const struct strbuf *log, size_t *count)
{
	const char *at = log->text + log->length;
	size_t found = 0;

	if (log->length > 0 && at[-1] == '\n')
		at--;
	for (; at > log->text; at--)
		if (at[-1] == '\n' && ++found == *count)
			break;
	*count = log->length == 0 ? 0 : found < *count ? found + 1 : found;
	return at;
}

static void add_output_line(struct strbuf *out, const char *text, size_t length, size_t columns)
{
	auto_strbuf struct strbuf line = {0};
	int colours;

	strbuf_add(&line, " => => # ");
	colours = filter_log_line(&line, text, length);
	columns_add_log(out, line.text, columns);
	strbuf_printf(out, "%s\n", colours ? SGR_RESET : "");
}

static size_t add_tail(struct strbuf *out, const struct build_progress *progress,
		       const struct build_line *line, size_t limit)
{
	const char *end = line->log.text + line->log.length, *at;
	size_t count = limit < TAIL_LINES ? limit : TAIL_LINES;

	if (line->log.length == 0 || count == 0)
		return 0;
	at = find_tail(&line->log, &count);
	for (size_t i = 0; i < count; i++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *stop = newline ? newline : end;

		add_output_line(out, at, (size_t)(stop - at), progress->columns);
		at = newline ? newline + 1 : end;
	}
	return count;
}

static size_t add_heading(struct strbuf *out, const struct build_progress *progress)
{
	size_t done = 0;
	bool has_failed = false;

	for (size_t i = 0; i < progress->count; i++) {
		done += progress->lines[i]->has_ended;
		has_failed = has_failed || progress->lines[i]->state == BUILD_STEP_FAILED;
	}
	strbuf_printf(out, "[+] Building %.1fs (%zu/%zu)%s\n",
		      (double)(units_monotonic_ns() - progress->begun_ns) / (double)SECOND, done,
		      progress->count,
		      has_failed	       ? " ERROR"
		      : done < progress->count ? ""
					       : " FINISHED");
	return 1;
}

static size_t add_whole(struct strbuf *out, const struct build_progress *progress,
			const struct build_line *line, size_t rows)
{
	size_t drawn = 1;

	add_step(out, progress, line);
	for (size_t i = 0; i < line->detail_count && drawn < rows; i++, drawn++)
		add_detail(out, progress, &line->details[i]);
	if (!line->has_ended && !progress->is_final)
		drawn += add_tail(out, progress, line, rows - drawn);
	return drawn;
}

/* Its events may have been stamped by another clock than ours. */
static void set_age(struct build_line *line)
{
	if (!line->has_ended)
		line->now_ns = line->begun_ns + units_monotonic_ns() - line->seen_ns;
}

/* Those that have ended go first when there is too little room: the oldest of them. */
size_t build_progress_draw(struct build_progress *progress, struct strbuf *out, size_t rows,
			   size_t columns)
{
	size_t drawn = 0, running = 0, ended_room, ended_left = 0;

	if (progress->count == 0)
		return 0;
	progress->is_final = rows == SIZE_MAX;
	progress->columns = columns;
	for (size_t i = 0; i < progress->count; i++) {
		set_age(progress->lines[i]);
		running += !progress->lines[i]->has_ended;
		ended_left += progress->lines[i]->has_ended;
	}
	drawn += add_heading(out, progress);
	ended_room =
		rows - 1 > running * (TAIL_LINES + 1) ? rows - 1 - running * (TAIL_LINES + 1) : 0;
	for (size_t i = 0; i < progress->count && drawn < rows; i++) {
		const struct build_line *line = progress->lines[i];
		size_t room = rows - drawn;

		if (line->has_ended && ended_left-- > ended_room)
			continue;
		if (line->has_ended && !progress->is_final)
			room = 1;
		drawn += add_whole(out, progress, line, room);
	}
	return drawn;
}
