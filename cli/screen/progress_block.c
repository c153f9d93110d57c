/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of progress as a block on a terminal; see progress_private.h. */
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "cli/screen/columns.h"
#include "cli/screen/filter.h"
#include "cli/screen/progress_private.h"

#include <string.h>

#define SGR_RESET "\x1b[0m"

/* A line is " M NAME  ACTION   1.2s  DETAIL". */
#define MARK_WIDTH   3
#define TIME_WIDTH   7	/* with what parts it from the action */
#define ACTION_WIDTH 16 /* longer ones push what follows */
#define NAME_LEAST   12
#define BAR_WIDTH    10

#define FRAME_NS (100 * MILLISECOND)

static const char *const spinner[] = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};

static const struct {
	const char *mark, *colour; /* no mark: it turns */
} kinds[] = {
	[APPLY_WORKING] = {NULL, "\x1b[33m"}, [APPLY_DONE] = {"✔", "\x1b[32m"},
	[APPLY_FAILED] = {"✘", "\x1b[31m"},   [APPLY_SKIPPED] = {"-", "\x1b[2m"},
	[APPLY_PENDING] = {NULL, "\x1b[33m"},
};

struct block {
	const struct progress_room *room;
	int64_t now_ns;
	size_t name, action; /* columns */
};

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t width_of(const char *text)
{
	return columns_count(text, strlen(text));
}

static const char *safe(struct strbuf *room, const char *text)
{
	strbuf_clear(room);
	filter_text(room, text, strlen(text));
	return strbuf_text(room);
}

static void add_bar(struct strbuf *out, const struct progress_line *line)
{
	int64_t done = line->done < line->total ? line->done : line->total;
	int filled = (int)((double)done * BAR_WIDTH / (double)line->total);
	char sizes[2][32];

	units_format_size(sizes[0], sizeof(sizes[0]), done);
	units_format_size(sizes[1], sizeof(sizes[1]), line->total);
	strbuf_printf(out, "  %s/%s [", sizes[0], sizes[1]);
	for (int i = 0; i < BAR_WIDTH; i++)
		strbuf_add_char(out, i < filled ? '=' : i == filled ? '>' : ' ');
	strbuf_add_char(out, ']');
}

/* What follows the name and the action. */
static void format_rest(struct strbuf *rest, const struct block *block,
			const struct progress_line *line)
{
	int64_t end_ns = line->ended_ns ? line->ended_ns : block->now_ns;

	strbuf_printf(rest, "%*.1fs", TIME_WIDTH - 1, (double)(end_ns - line->started_ns) / 1e9);
	if (line->kind == APPLY_WORKING && line->total > 0)
		add_bar(rest, line);
	if (line->detail && *line->detail) {
		strbuf_add(rest, "  ");
		filter_text(rest, line->detail, strlen(line->detail));
	}
}

static const char *mark_of(const struct block *block, const struct progress_line *line)
{
	if (kinds[line->kind].mark)
		return kinds[line->kind].mark;
	if (block->room->is_final)
		return line->kind == APPLY_PENDING ? "-" : "…";
	return spinner[block->now_ns / FRAME_NS % (int64_t)array_length(spinner)];
}

/* While lines are redrawn, none may be wider than the screen; what stays may. */
static void add_line(struct strbuf *out, const struct block *block, const char *object,
		     const struct progress_line *line)
{
	auto_strbuf struct strbuf room = {0}, rest = {0};
	const char *colour = block->room->has_colour ? kinds[line->kind].colour : "";
	const char *reset = *colour ? SGR_RESET : "";
	size_t used = MARK_WIDTH + block->name + 2, left = block->room->columns;

	strbuf_printf(out, " %s%s%s ", colour, mark_of(block, line), reset);
	columns_add_name(out, safe(&room, object), block->name);
	strbuf_printf(out, "  %s", colour);
	left = left > used ? left - used : 0;
	used = columns_add(out, safe(&room, line->action), left);
	strbuf_add(out, reset);
	for (; used < block->action; used++)
		strbuf_add_char(out, ' ');
	format_rest(&rest, block, line);
	left = left > used ? left - used : 0;
	columns_add(out, rest.text, block->room->is_final ? SIZE_MAX : left);
	strbuf_add_char(out, '\n');
}

/* Columns as wide as what stands in them; when it does not fit, names give way. */
static void measure(struct block *block, const struct progress_lines *lines)
{
	auto_strbuf struct strbuf room = {0};
	size_t least;

	map_each (entry, &lines->map) {
		const struct progress_line *line = entry->value;
		size_t name = width_of(safe(&room, entry->key));
		size_t action = min_size(width_of(line->action), ACTION_WIDTH);

		block->name = name > block->name ? name : block->name;
		block->action = action > block->action ? action : block->action;
	}
	least = MARK_WIDTH + NAME_LEAST + 2 + block->action + TIME_WIDTH;
	block->name = min_size(block->name, block->room->columns > least
						    ? NAME_LEAST + block->room->columns - least
						    : NAME_LEAST);
}

/* ": 3 starting, 1 waiting": what goes on, in the order in which it came. */
static void add_summary(struct strbuf *out, const struct progress_lines *lines)
{
	auto_map struct map counts = {0};
	const char *separator = ": ";

	map_each (entry, &lines->map) {
		const struct progress_line *line = entry->value;
		void **count;

		if (line->kind != APPLY_WORKING && line->kind != APPLY_FAILED)
			continue;
		count = map_slot(&counts, line->kind == APPLY_FAILED ? "failed" : line->action);
		*count = (char *)*count + 1;
	}
	map_each (entry, &counts) {
		char *first = entry->key;

		if (*first >= 'A' && *first <= 'Z')
			*first |= 0x20;
		strbuf_printf(out, "%s%zu ", separator, (size_t)entry->value);
		filter_text(out, first, strlen(first));
		separator = ", ";
	}
}

static void add_heading(struct strbuf *out, const struct progress_lines *lines,
			const struct progress_room *room)
{
	auto_strbuf struct strbuf text = {0};
	size_t done = 0;

	map_each (entry, &lines->map) {
		const struct progress_line *line = entry->value;

		done += line->kind == APPLY_DONE || line->kind == APPLY_SKIPPED;
	}
	strbuf_printf(&text, "%s[+] %s %zu/%zu", room->is_dry_run ? "DRY-RUN MODE - " : "",
		      room->operation ? room->operation : "Running", done, lines->map.count);
	add_summary(&text, lines);
	columns_add(out, text.text, room->columns);
	strbuf_add_char(out, '\n');
}

/* Those that go on, and the last ones of those that have ended as far as there is room. */
void progress_block_draw(struct strbuf *out, const struct progress_lines *lines,
			 const struct progress_room *room)
{
	struct block block = {.room = room, .now_ns = units_monotonic_ns()};
	size_t count = lines->map.count, drawn = 0, surplus, most = count;

	measure(&block, lines);
	add_heading(out, lines, room);
	if (count > room->rows)
		most = room->rows > 0 ? room->rows - 1 : 0;
	surplus = count - most;
	map_each (entry, &lines->map) {
		const struct progress_line *line = entry->value;

		if (surplus > 0 && !progress_line_goes_on(line)) {
			surplus--;
			continue;
		}
		if (drawn++ < most)
			add_line(out, &block, entry->key, line);
	}
	if (most < count && room->rows > 0)
		strbuf_printf(out, "   … and %zu more\n", count - most);
}
