/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/screen/output.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "cli/screen/filter.h"
#include "cli/screen/terminal.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
static bool is_in_frame, is_line_begun;
static size_t frame_rows; /* that are left: more would push the first ones off the screen */

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

/* In a frame, each line wipes out the one that it replaces: before it is written, since behind the
 * last column that would take the last character. */
static void put_line(const char *text, size_t length)
{
	if (!is_line_begun)
		put_bytes("\x1b[K", strlen("\x1b[K"));
	put_bytes(text, length);
	is_line_begun = text[length - 1] != '\n';
	frame_rows -= !is_line_begun;
}

static void put(const char *text, size_t length)
{
	while (is_in_frame && length > 0 && frame_rows > 0) {
		const char *end = memchr(text, '\n', length);
		size_t part = end ? (size_t)(end - text) + 1 : length;

		put_line(text, part);
		text += part;
		length -= part;
	}
	if (!is_in_frame)
		put_bytes(text, length);
}

void output_frame_begin(void)
{
	static const char clear[] = "\x1b[2J\x1b[H", home[] = "\x1b[H";
	static bool has_begun;
	size_t rows, columns;

	if (!output_is_terminal(STDOUT_FILENO) || terminal_is_dumb())
		return;
	terminal_size(STDOUT_FILENO, &rows, &columns);
	frame_rows = rows - 1;
	is_in_frame = true;
	is_line_begun = false;
	put_bytes(has_begun ? home : clear, strlen(has_begun ? home : clear));
	has_begun = true;
}

void output_frame_end(void)
{
	if (is_in_frame)
		put_bytes("\x1b[J", 3);
	is_in_frame = false;
}

bool output_is_frame(void)
{
	return is_in_frame;
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

void output_safe(const char *text, size_t length)
{
	put(text, length);
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
