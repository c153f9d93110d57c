/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of cells as aligned columns, also on a terminal that is too narrow for them; see
 * cli/screen/output.h. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "cli/screen/columns.h"
#include "cli/screen/filter.h"
#include "cli/screen/output.h"
#include "cli/screen/terminal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WIDE_GAP   3
#define NARROW_GAP 2
#define CUT_LEAST  10

void table_release(struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		strvec_release(&table->rows[i]);
	free(table->rows);
	*table = (struct table){0};
}

struct strvec *table_row(struct table *table)
{
	table->rows = alloc_resize(table->rows, table->count + 1, sizeof(*table->rows));
	table->rows[table->count] = (struct strvec){0};
	return &table->rows[table->count++];
}

/* Where a table's columns stand. */
struct layout {
	const struct table *table;
	size_t count, gap;
	struct slot {
		size_t natural, width;
		bool is_gone;
	} * slots;
};

static size_t width_of(const char *text)
{
	return columns_count(text, strlen(text));
}

/* The first piece of @text up to where it may be broken: behind ", ", or behind any blank. */
static size_t piece_length(const char *text, bool in_lists)
{
	const char *at = text;

	for (at = strchr(at, ' '); at; at = strchr(at + 1, ' '))
		if (at > text && (!in_lists || at[-1] == ','))
			return (size_t)(at + 1 - text);
	return strlen(text);
}

/* The widest piece; the blank where it is broken does not count. */
static size_t piece_width(const char *text, bool in_lists)
{
	size_t widest = 0;

	while (*text) {
		size_t length = piece_length(text, in_lists);
		size_t width = columns_count(text, length) - (text[length - 1] == ' ');

		widest = width > widest ? width : widest;
		text += length;
	}
	return widest;
}

/* A word of which only @most bytes fit is broken behind what parts names and addresses, unless that
 * leaves little of it on the line. */
static size_t break_word(const char *text, size_t most)
{
	for (size_t length = most; length > most / 2; length--)
		if (strchr("-/:>_,", text[length - 1]))
			return length;
	return most;
}

/* As many bytes of @text as stand on one line of @width columns. */
static size_t line_length(const char *text, size_t width)
{
	for (int in_lists = 1; in_lists >= 0; in_lists--) {
		size_t length = 0;

		while (text[length]) {
			size_t more = piece_length(text + length, in_lists);
			bool is_blank = text[length + more - 1] == ' ';

			if (columns_count(text, length + more) - is_blank > width)
				break;
			length += more;
		}
		if (length > 0)
			return length;
	}
	return break_word(text, columns_fit(text, strlen(text), width));
}

static size_t total(const struct layout *layout)
{
	size_t sum = 0, shown = 0;

	for (size_t i = 0; i < layout->count; i++)
		if (!layout->slots[i].is_gone) {
			sum += layout->slots[i].width;
			shown++;
		}
	return sum + (shown > 0 ? (shown - 1) * layout->gap : 0);
}

static void measure(struct layout *layout)
{
	const struct table *table = layout->table;

	for (size_t i = 0; i < table->count; i++)
		for (size_t j = 0; j < table->rows[i].count; j++) {
			size_t width = width_of(table->rows[i].items[j]);
			struct slot *slot = &layout->slots[j];

			if (width > slot->natural)
				slot->natural = width;
			slot->width = slot->natural;
		}
}

/* Columns as narrow as their widest piece. */
static void fold(struct layout *layout, bool in_lists)
{
	const struct table *table = layout->table;

	for (size_t j = 0; j < layout->count; j++)
		layout->slots[j].width = 0;
	for (size_t i = 0; i < table->count; i++)
		for (size_t j = 0; j < table->rows[i].count; j++) {
			size_t width = piece_width(table->rows[i].items[j], in_lists);

			if (width > layout->slots[j].width)
				layout->slots[j].width = width;
		}
}

/* Those that may go, one after the other, as long as there is too little room. */
static void drop(struct layout *layout, size_t columns)
{
	for (unsigned char rank = 1; rank <= TABLE_COLUMNS; rank++)
		for (size_t j = 0; j < layout->count && j < TABLE_COLUMNS; j++)
			if (layout->table->yields[j] == rank && total(layout) > columns)
				layout->slots[j].is_gone = true;
}

static bool is_cut(const struct layout *layout, size_t column)
{
	return column + 1 == layout->table->cut;
}

static void cut(struct layout *layout, size_t columns)
{
	for (size_t j = 0; j < layout->count; j++)
		while (is_cut(layout, j) && layout->slots[j].width > CUT_LEAST &&
		       total(layout) > columns)
			layout->slots[j].width--;
}

static void narrow_widest(struct layout *layout, size_t columns)
{
	while (total(layout) > columns) {
		struct slot *widest = NULL;

		for (size_t j = 0; j < layout->count; j++)
			if (!layout->slots[j].is_gone &&
			    (!widest || layout->slots[j].width > widest->width))
				widest = &layout->slots[j];
		if (!widest || widest->width <= 1)
			return;
		widest->width--;
	}
}

static void widen(struct layout *layout, size_t columns)
{
	for (size_t j = 0; j < layout->count; j++) {
		struct slot *slot = &layout->slots[j];
		size_t used = total(layout), left = columns > used ? columns - used : 0;
		size_t wanted = slot->natural - slot->width;

		if (!slot->is_gone)
			slot->width += left < wanted ? left : wanted;
	}
}

static void fit(struct layout *layout, size_t columns)
{
	if (total(layout) <= columns)
		return;
	layout->gap = NARROW_GAP;
	if (total(layout) <= columns)
		return;
	fold(layout, true);
	drop(layout, columns);
	cut(layout, columns);
	if (total(layout) > columns) {
		fold(layout, false);
		cut(layout, columns);
	}
	narrow_widest(layout, columns);
	widen(layout, columns);
}

/* The next line of each cell that still has one; @at: where those begin. Returns whether one is
 * left after it. */
static bool add_line(struct strbuf *out, const struct layout *layout, size_t count, const char **at)
{
	size_t blanks = 0;
	bool is_left = false;

	for (size_t j = 0; j < count; j++) {
		const struct slot *slot = &layout->slots[j];
		size_t length, shown;

		if (slot->is_gone)
			continue;
		length = shown = slot->width < slot->natural ? line_length(at[j], slot->width)
							     : strlen(at[j]);
		while (length < strlen(at[j]) && shown > 0 && at[j][shown - 1] == ' ')
			shown--;
		for (; blanks > 0; blanks--)
			strbuf_add_char(out, ' ');
		strbuf_add_n(out, at[j], shown);
		blanks = slot->width + layout->gap - columns_count(at[j], shown);
		at[j] += length;
		is_left = is_left || *at[j];
	}
	strbuf_add_char(out, '\n');
	return is_left;
}

static void add_row(struct strbuf *out, const struct layout *layout, const struct strvec *row)
{
	auto_free const char **at = alloc_zeroed(row->count + 1, sizeof(*at));
	auto_strbuf struct strbuf name = {0};

	for (size_t j = 0; j < row->count; j++) {
		at[j] = row->items[j];
		if (is_cut(layout, j) && width_of(at[j]) > layout->slots[j].width) {
			columns_add_name(&name, at[j], layout->slots[j].width);
			at[j] = strbuf_text(&name);
		}
	}
	while (add_line(out, layout, row->count, at))
		;
}

static void format(struct strbuf *out, const struct table *table, size_t columns)
{
	struct layout layout = {.table = table, .gap = WIDE_GAP};

	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].count > layout.count)
			layout.count = table->rows[i].count;
	layout.slots = alloc_zeroed(layout.count + 1, sizeof(*layout.slots));
	for (size_t j = 0; j + 1 < layout.count; j++)
		layout.slots[j].natural = table->least_width;
	measure(&layout);
	fit(&layout, columns);
	for (size_t i = 0; i < table->count; i++)
		add_row(out, &layout, &table->rows[i]);
	free(layout.slots);
}

void table_fit(struct strbuf *out, const struct table *table, size_t columns)
{
	auto_table struct table safe = {.least_width = table->least_width};
	auto_strbuf struct strbuf cell = {0};

	safe.cut = table->cut;
	memcpy(safe.yields, table->yields, sizeof(safe.yields));
	for (size_t i = 0; i < table->count; i++) {
		struct strvec *row = table_row(&safe);

		strvec_each (text, &table->rows[i]) {
			strbuf_clear(&cell);
			filter_text(&cell, *text, strlen(*text));
			strvec_add(row, strbuf_text(&cell));
		}
	}
	format(out, &safe, columns);
}

void table_format(struct strbuf *out, const struct table *table, bool is_terminal)
{
	if (is_terminal)
		table_fit(out, table, SIZE_MAX);
	else
		format(out, table, SIZE_MAX);
}

void table_print(const struct table *table)
{
	auto_strbuf struct strbuf text = {0};

	if (output_is_terminal(STDOUT_FILENO))
		table_fit(&text, table, terminal_columns(STDOUT_FILENO));
	else
		format(&text, table, SIZE_MAX);
	output_safe(strbuf_text(&text), text.length);
}
