/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/screen/columns.h"

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>

#define TAB_WIDTH 8

struct range {
	uint32_t first, last;
};

static const struct range marks[] = {
	{0x0300, 0x036f}, {0x200b, 0x200d}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}};
static const struct range wide[] = {
	{0x1100, 0x115f},   {0x2705, 0x2705},	{0x274c, 0x274c},   {0x2e80, 0x303e},
	{0x3041, 0xa4cf},   {0xac00, 0xd7a3},	{0xf900, 0xfaff},   {0xfe30, 0xfe6f},
	{0xff00, 0xff60},   {0xffe0, 0xffe6},	{0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff},
	{0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

static bool is_among(uint32_t code, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return false;
}

/* An escape sequence, or as much of it as is there. */
static size_t sequence_size(const char *text, size_t length)
{
	size_t size = length > 1 && text[1] == '[' ? 2 : 1;

	while (size < length && strchr("0123456789;:?", text[size]))
		size++;
	return size < length ? size + 1 : size;
}

/* The columns of what begins at @text, and its bytes. */
static size_t width_at(const char *text, size_t length, size_t *size)
{
	uint32_t code;

	*size = 1;
	if (*text == '\x1b') {
		*size = sequence_size(text, length);
		return 0;
	}
	if ((unsigned char)*text < 0x80)
		return 1;
	*size = utf8_decode(text, length, &code);
	if (*size == 0) {
		*size = 1;
		return 1;
	}
	if (is_among(code, marks, array_length(marks)))
		return 0;
	return is_among(code, wide, array_length(wide)) ? 2 : 1;
}

size_t columns_count(const char *text, size_t length)
{
	size_t columns = 0, size;

	for (size_t at = 0; at < length; at += size)
		columns += width_at(text + at, length - at, &size);
	return columns;
}

size_t columns_fit(const char *text, size_t length, size_t columns)
{
	size_t size;

	for (size_t at = 0; at < length; at += size) {
		size_t width = width_at(text + at, length - at, &size);

		if (width > columns)
			return at;
		columns -= width;
	}
	return length;
}

size_t columns_add(struct strbuf *out, const char *text, size_t columns)
{
	size_t length = strlen(text), width = columns_count(text, length);

	if (width <= columns) {
		strbuf_add_n(out, text, length);
		return width;
	}
	if (columns == 0)
		return 0;
	length = columns_fit(text, length, columns - 1);
	strbuf_add_n(out, text, length);
	strbuf_add(out, "…");
	return columns_count(text, length) + 1;
}

void columns_add_log(struct strbuf *out, const char *text, size_t columns)
{
	auto_strbuf struct strbuf line = {0};
	size_t length = strlen(text), width = 0, size;

	for (; length > 0; text += size, length -= size) {
		width += width_at(text, length, &size);
		if (*text != '\t') {
			strbuf_add_n(&line, text, size);
			continue;
		}
		strbuf_add_char(&line, ' ');
		for (; width % TAB_WIDTH != 0; width++)
			strbuf_add_char(&line, ' ');
	}
	columns_add(out, strbuf_text(&line), columns);
}

/* Where the last @columns of @text begin. */
static size_t begin_of_end(const char *text, size_t length, size_t columns)
{
	size_t left = columns_count(text, length), at = 0, size;

	for (; at < length && left > columns; at += size)
		left -= width_at(text + at, length - at, &size);
	return at;
}

void columns_add_name(struct strbuf *out, const char *name, size_t columns)
{
	size_t length = strlen(name), width = columns_count(name, length), tail = columns * 2 / 3;
	size_t at = out->length;

	if (width > columns && columns > 0) {
		strbuf_add_n(out, name, columns_fit(name, length, columns - tail - 1));
		strbuf_add(out, "…");
		strbuf_add(out, name + begin_of_end(name, length, tail));
	} else if (width <= columns) {
		strbuf_add_n(out, name, length);
	}
	for (width = columns_count(strbuf_text(out) + at, out->length - at); width < columns;
	     width++)
		strbuf_add_char(out, ' ');
}

size_t columns_count_rows(const char *text, size_t before, size_t columns)
{
	size_t rows = 0;

	for (const char *end; (end = strchr(text, '\n')) != NULL; text = end + 1) {
		size_t width = columns_count(text, (size_t)(end - text));

		width = width < before ? width : before;
		rows += width > columns ? (width + columns - 1) / columns : 1;
	}
	return rows;
}
