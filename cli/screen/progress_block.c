/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of progress as a block on a terminal; see progress_private.h. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "cli/screen/columns.h"
#include "cli/screen/filter.h"
#include "cli/screen/progress_private.h"

#include <stdio.h>
#include <string.h>

#define SGR_RESET "\x1b[0m"

/* A line is " M NAME  ACTION   1.2s  DETAIL". */
#define MARK_WIDTH   3
#define TIME_WIDTH   7	/* with what parts it from the action */
#define ACTION_WIDTH 17 /* longer ones push what follows */
#define NAME_LEAST   12
#define BAR_WIDTH    10
#define DETAIL_LEAST 6

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
	const struct map_entry **shown; /* object and line */
	size_t count;
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

static const char *safe_name(struct strbuf *room, const char *object,
			     const struct progress_line *line)
{
	strbuf_clear(room);
	if (line->parent)
		strbuf_add(room, "  ");
	filter_text(room, object, strlen(object));
	return strbuf_text(room);
}

/* How much of all has come, with a bar where there is room for one, and then how much there was. */
static void add_amounts(struct strbuf *out, const struct progress_line *line, size_t left)
{
	int64_t done = line->done < line->total ? line->done : line->total;
	int filled = (int)((double)done * BAR_WIDTH / (double)line->total);
	char sizes[2][32];

	units_format_size(sizes[0], sizeof(sizes[0]), done);
	units_format_size(sizes[1], sizeof(sizes[1]), line->total);
	if (line->kind == APPLY_DONE) {
		strbuf_printf(out, "  %s", sizes[1]);
		return;
	}
	strbuf_printf(out, "  %s/%s", sizes[0], sizes[1]);
	if (width_of(strbuf_text(out)) + BAR_WIDTH + 3 > left)
		return;
	strbuf_add(out, " [");
	for (int i = 0; i < BAR_WIDTH; i++)
		strbuf_add_char(out, i < filled ? '=' : i == filled ? '>' : ' ');
	strbuf_add_char(out, ']');
}

/* What there is to say beside the action; on a live screen, if there is room for some of it. */
static void add_details(struct strbuf *out, const struct progress_line *line, size_t left)
{
	auto_strbuf struct strbuf text = {0};

	if ((line->kind == APPLY_WORKING || line->kind == APPLY_DONE) && line->total > 0)
		add_amounts(&text, line, left);
	if (line->detail && *line->detail) {
		strbuf_add(&text, "  ");
		filter_text(&text, line->detail, strlen(line->detail));
	}
	if (left > DETAIL_LEAST)
		columns_add(out, strbuf_text(&text), left);
}

static size_t add_time(struct strbuf *out, const struct block *block,
		       const struct progress_line *line, size_t left)
{
	int64_t end_ns = line->ended_ns ? line->ended_ns : block->now_ns;
	char text[32];

	snprintf(text, sizeof(text), "%*.1fs", TIME_WIDTH - 1,
		 (double)(end_ns - line->started_ns) / 1e9);
	return strlen(text) <= left ? columns_add(out, text, left) : left;
}

static size_t less(size_t left, size_t used)
{
	return left > used ? left - used : 0;
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
	auto_strbuf struct strbuf room = {0};
	const char *colour = block->room->has_colour ? kinds[line->kind].colour : "";
	const char *reset = *colour ? SGR_RESET : "";
	size_t left = less(block->room->columns, MARK_WIDTH + block->name + 2), used;

	strbuf_printf(out, " %s%s%s ", colour, mark_of(block, line), reset);
	columns_add_name(out, safe_name(&room, object, line), block->name);
	strbuf_printf(out, "  %s", colour);
	used = columns_add(out, safe(&room, line->action), left);
	strbuf_add(out, reset);
	for (; used < block->action; used++)
		strbuf_add_char(out, ' ');
	left = less(left, used);
	left = less(left, add_time(out, block, line, left));
	add_details(out, line, block->room->is_final ? SIZE_MAX : left);
	strbuf_add_char(out, '\n');
}

/* Columns as wide as what stands in them; when it does not fit, names give way. */
static void measure(struct block *block)
{
	auto_strbuf struct strbuf room = {0};
	size_t least;

	for (size_t i = 0; i < block->count; i++) {
		const struct progress_line *line = block->shown[i]->value;
		size_t name = width_of(safe_name(&room, block->shown[i]->key, line));
		size_t action = min_size(width_of(line->action), ACTION_WIDTH);

		block->name = name > block->name ? name : block->name;
		block->action = action > block->action ? action : block->action;
	}
	least = MARK_WIDTH + NAME_LEAST + 2 + block->action + TIME_WIDTH;
	block->name = min_size(block->name, block->room->columns > least
						    ? NAME_LEAST + block->room->columns - least
						    : NAME_LEAST);
}

static void add_to(struct block *block, const struct map_entry *entry)
{
	block->shown[block->count++] = entry;
}

/* What is shown: all objects, and the parts of those that go on below them. */
static void collect(struct block *block, const struct progress_lines *lines)
{
	map_each (entry, &lines->map) {
		if (progress_lines_is_part(lines, entry->value))
			continue;
		add_to(block, entry);
		if (!progress_line_goes_on(entry->value))
			continue;
		map_each (other, &lines->map) {
			const struct progress_line *part = other->value;

			if (part->parent && strcmp(part->parent, entry->key) == 0)
				add_to(block, other);
		}
	}
}

/* Which go first where there is too little room: those that have ended, then those whose turn has
 * not come. */
static int rank_of(const struct progress_line *line)
{
	if (!progress_line_goes_on(line))
		return 0;
	return line->kind == APPLY_PENDING ? 1 : 2;
}

/* Of those that have ended the first ones, of others the last ones. */
static void leave_out(struct block *block, size_t surplus)
{
	for (int rank = 0; rank <= 2 && surplus > 0; rank++)
		for (size_t n = 0; n < block->count && surplus > 0; n++) {
			size_t i = rank == 0 ? n : block->count - 1 - n;

			if (!block->shown[i] || rank_of(block->shown[i]->value) != rank)
				continue;
			block->shown[i] = NULL;
			surplus--;
		}
}

static void draw(struct strbuf *out, struct block *block)
{
	size_t rows = block->room->rows, most = block->count;

	if (most > rows)
		most = rows > 0 ? rows - 1 : 0;
	leave_out(block, block->count - most);
	for (size_t i = 0; i < block->count; i++)
		if (block->shown[i])
			add_line(out, block, block->shown[i]->key, block->shown[i]->value);
	if (most < block->count && rows > 0)
		strbuf_printf(out, "   … and %zu more\n", block->count - most);
}

void progress_block_draw(struct strbuf *out, const struct progress_lines *lines,
			 const struct progress_room *room)
{
	auto_free const struct map_entry **shown =
		alloc_zeroed(lines->map.count + 1, sizeof(*shown));
	struct block block = {.room = room, .shown = shown, .now_ns = units_monotonic_ns()};

	collect(&block, lines);
	measure(&block);
	progress_heading_add(out, lines, room);
	draw(out, &block);
}
