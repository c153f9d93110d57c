/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help_layout.h"

#include "base/strbuf.h"

#include <string.h>

/* Our texts have no characters that are wider than one column. */
size_t help_layout_columns(const char *text, size_t length)
{
	size_t columns = 0;

	for (size_t i = 0; i < length; i++)
		columns += ((unsigned char)text[i] & 0xc0) != 0x80;
	return columns;
}

static size_t last_line(const struct strbuf *out)
{
	const char *newline = out->length ? strrchr(out->text, '\n') : NULL;
	const char *line = newline ? newline + 1 : strbuf_text(out);

	return help_layout_columns(line, strlen(line));
}

static void break_line(struct strbuf *out, size_t indent)
{
	strbuf_add_char(out, '\n');
	for (size_t i = 0; i < indent; i++)
		strbuf_add_char(out, ' ');
}

void help_layout_text(struct strbuf *out, size_t indent, size_t width, const char *text)
{
	size_t at = last_line(out);
	bool is_first = true;

	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		size_t length = strcspn(text, " ");
		size_t columns = help_layout_columns(text, length);

		if (!is_first && at + 1 + columns > width) {
			break_line(out, indent);
			at = indent;
		} else if (!is_first) {
			strbuf_add_char(out, ' ');
			at++;
		}
		strbuf_printf(out, "%.*s", (int)length, text);
		at += columns;
		text += length;
		is_first = false;
	}
	strbuf_add_char(out, '\n');
}

void help_layout_row(struct strbuf *out, const char *name, size_t column, size_t width,
		     const char *text)
{
	size_t columns = help_layout_columns(name, strlen(name));

	strbuf_add(out, name);
	if (columns + 2 > column)
		break_line(out, column);
	else
		for (; columns < column; columns++)
			strbuf_add_char(out, ' ');
	help_layout_text(out, column, width, text);
}
