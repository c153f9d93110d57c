/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/screen/columns.h"

#include "base/strbuf.h"

#include <stdbool.h>
#include <string.h>

static bool is_first_byte(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

size_t columns_count(const char *text, size_t length)
{
	size_t columns = 0;

	for (size_t i = 0; i < length; i++)
		columns += is_first_byte(text[i]);
	return columns;
}

size_t columns_fit(const char *text, size_t length, size_t columns)
{
	for (size_t i = 0; i < length; i++)
		if (is_first_byte(text[i]) && columns-- == 0)
			return i;
	return length;
}

size_t columns_add(struct strbuf *out, const char *text, size_t columns)
{
	size_t length = strlen(text), width = columns_count(text, length);

	if (width <= columns) {
		strbuf_add_n(out, text, length);
		return width;
	}
	if (columns > 0) {
		strbuf_add_n(out, text, columns_fit(text, length, columns - 1));
		strbuf_add(out, "…");
	}
	return columns;
}

void columns_add_name(struct strbuf *out, const char *name, size_t columns)
{
	size_t length = strlen(name), width = columns_count(name, length), tail = columns * 2 / 3;

	if (width > columns && columns > 0) {
		strbuf_add_n(out, name, columns_fit(name, length, columns - tail - 1));
		strbuf_add(out, "…");
		strbuf_add(out, name + columns_fit(name, length, width - tail));
		return;
	}
	strbuf_add_n(out, name, width > columns ? 0 : length);
	for (; width < columns; width++)
		strbuf_add_char(out, ' ');
}

/* A control sequence ("ESC [ … letter") takes no room. */
static const char *skip_sequence(const char *at)
{
	at += at[1] == '[' ? 2 : 1;
	return at + strspn(at, "0123456789;?");
}

size_t columns_count_rows(const char *text, size_t before, size_t columns)
{
	size_t rows = 0, width = 0;

	for (; *text; text++) {
		if (*text == '\x1b') {
			text = skip_sequence(text);
			if (!*text)
				break;
		} else if (*text == '\n') {
			width = width < before ? width : before;
			rows += width > columns ? (width + columns - 1) / columns : 1;
			width = 0;
		} else {
			width += is_first_byte(*text);
		}
	}
	return rows;
}
