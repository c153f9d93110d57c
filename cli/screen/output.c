/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/screen/output.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "cli/screen/columns.h"
#include "cli/screen/filter.h"
#include "cli/screen/terminal.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GAP "   "

bool output_is_terminal(int fd)
{
	static int known[3] = {-1, -1, -1};

	if (fd < 0 || fd > 2)
		return isatty(fd);
	if (known[fd] < 0)
		known[fd] = isatty(fd);
	return known[fd];
}

/* errno of the first write to stdout that did not get out. */
static int failure;
static bool is_in_frame;

void output_failed(int reason)
{
	if (!failure)
		failure = reason;
}

static void put_bytes(const char *text, size_t length)
{
	if (fwrite(text, 1, length, stdout) < length)
		output_failed(errno);
}

/* In a frame, each line wipes out what is left of the one that it replaces. */
static void put(const char *text, size_t length)
{
	while (is_in_frame && length > 0) {
		const char *end = memchr(text, '\n', length);

		if (!end)
			break;
		put_bytes(text, (size_t)(end - text));
		put_bytes("\x1b[K\n", strlen("\x1b[K\n"));
		length -= (size_t)(end - text) + 1;
		text = end + 1;
	}
	put_bytes(text, length);
}

void output_frame_begin(void)
{
	static const char clear[] = "\x1b[2J\x1b[H", home[] = "\x1b[H";
	static bool has_begun;

	if (!output_is_terminal(STDOUT_FILENO) || terminal_is_dumb())
		return;
	is_in_frame = true;
	put_bytes(has_begun ? home : clear, strlen(has_begun ? home : clear));
	has_begun = true;
}

void output_frame_end(void)
{
	if (is_in_frame)
		put_bytes("\x1b[J", 3);
	is_in_frame = false;
}

void output_text(const char *text, size_t length)
{
	auto_strbuf struct strbuf safe = {0};

	if (!output_is_terminal(STDOUT_FILENO)) {
		put(text, length);
		return;
	}
	filter_log(&safe, text, length);
	put(strbuf_text(&safe), safe.length);
}

void output_line(const char *text)
{
	auto_strbuf struct strbuf safe = {0};

	if (output_is_terminal(STDOUT_FILENO)) {
		filter_text(&safe, text, strlen(text));
		text = strbuf_text(&safe);
	}
	put(text, strlen(text));
	put("\n", 1);
}

void output_printf(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = alloc_vformat(format, args);
	va_end(args);
	output_text(text, strlen(text));
	free(text);
}

int output_finish(struct error *err)
{
	if (fflush(stdout) != 0)
		output_failed(errno);
	return failure ? error_number(err, failure, "cannot write to standard output") : 0;
}

bool output_has_no_reader(void)
{
	struct pollfd fds[] = {{.fd = STDOUT_FILENO}, {.fd = STDERR_FILENO}};

	return poll(fds, array_length(fds), 0) > 0 && (fds[0].revents | fds[1].revents) & POLLERR;
}

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

static void clean_cell(struct strbuf *out, const char *cell, bool is_terminal)
{
	strbuf_clear(out);
	if (is_terminal)
		filter_text(out, cell, strlen(cell));
	else
		strbuf_add(out, cell);
}

void table_format(struct strbuf *out, const struct table *table, bool is_terminal)
{
	auto_strbuf struct strbuf cell = {0};
	size_t columns = 0;
	size_t *widths;

	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].count > columns)
			columns = table->rows[i].count;
	widths = alloc_zeroed(columns + 1, sizeof(*widths));
	for (size_t i = 0; i < columns; i++)
		widths[i] = table->least_width;
	for (size_t i = 0; i < table->count; i++) {
		for (size_t j = 0; j < table->rows[i].count; j++) {
			size_t width;

			clean_cell(&cell, table->rows[i].items[j], is_terminal);
			width = columns_count(strbuf_text(&cell), cell.length);
			if (width > widths[j])
				widths[j] = width;
		}
	}
	for (size_t i = 0; i < table->count; i++) {
		for (size_t j = 0; j < table->rows[i].count; j++) {
			clean_cell(&cell, table->rows[i].items[j], is_terminal);
			strbuf_add(out, strbuf_text(&cell));
			if (j + 1 == table->rows[i].count)
				break;
			for (size_t n = columns_count(strbuf_text(&cell), cell.length);
			     n < widths[j]; n++)
				strbuf_add_char(out, ' ');
			strbuf_add(out, GAP);
		}
		strbuf_add_char(out, '\n');
	}
	free(widths);
}

void table_print(const struct table *table)
{
	auto_strbuf struct strbuf text = {0};

	table_format(&text, table, output_is_terminal(STDOUT_FILENO));
	put(strbuf_text(&text), text.length);
}
