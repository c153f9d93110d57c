/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of progress as a block on a terminal; see progress_private.h. */
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "cli/screen/filter.h"
#include "cli/screen/progress_private.h"

#include <string.h>

#define SGR_RESET "\x1b[0m"

static const struct {
	const char *mark, *colour;
} kinds[] = {
	[APPLY_WORKING] = {"…", "\x1b[33m"},
	[APPLY_DONE] = {"✔", "\x1b[32m"},
	[APPLY_FAILED] = {"✘", "\x1b[31m"},
	[APPLY_SKIPPED] = {"-", "\x1b[2m"},
};

static void add_safe(struct strbuf *out, const char *text)
{
	filter_text(out, text, strlen(text));
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

static void add_bar(struct strbuf *text, const struct progress_line *line)
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

static void add_line(struct strbuf *out, const struct progress_room *room, const char *object,
		     const struct progress_line *line)
{
	auto_strbuf struct strbuf text = {0};
	int64_t end_ns = line->ended_ns ? line->ended_ns : units_monotonic_ns();
	bool colour = room->has_colour;

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
	add_clipped(out, &text, room->columns > 5 ? room->columns - 5 : 1);
	strbuf_add_char(out, '\n');
}

size_t progress_block_draw(struct strbuf *out, const struct progress_lines *lines,
			   const struct progress_room *room)
{
	size_t done = 0, drawn = 0, count = lines->map.count, hidden;

	map_each (entry, &lines->map)
		done += ((struct progress_line *)entry->value)->kind != APPLY_WORKING;
	strbuf_printf(out, "%s[+] %s %zu/%zu\n", room->is_dry_run ? "DRY-RUN MODE - " : "",
		      done < count ? "Running" : "Done", done, count);
	hidden = count > room->rows ? count - room->rows : 0;
	map_each (entry, &lines->map) {
		struct progress_line *line = entry->value;

		if (hidden > 0 && line->kind != APPLY_WORKING) {
			hidden--;
			continue;
		}
		if (drawn == room->rows)
			break;
		add_line(out, room, entry->key, line);
		drawn++;
	}
	return drawn + 1;
}
