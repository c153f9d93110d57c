/* SPDX-License-Identifier: Apache-2.0 */
/* Where in a Dockerfile a mistake is, with the lines around it; and what is no mistake. */
#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "builder/dockerfile/dockerfile.h"

#include <string.h>

#define AROUND	    2	/* lines before and behind */
#define MOST_LINES  9	/* in all */
#define WIDEST_LINE 100 /* bytes of it that are shown */

/* What a terminal would obey. */
static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

static const char rule_off[] = "--------------------\n";

/* Half a character is not shown. */
static void add_line(struct strbuf *out, const char *bytes, size_t length)
{
	bool is_cut = length > WIDEST_LINE;

	if (is_cut)
		length = WIDEST_LINE;
	while (is_cut && length && ((unsigned char)bytes[length] & 0xc0) == 0x80)
		length--;
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] == '\t')
			strbuf_add_char(out, ' ');
		else if (bytes[i] != '\r')
			strbuf_add_char(out, is_control(bytes[i]) ? '?' : bytes[i]);
	}
	strbuf_add(out, is_cut ? "…\n" : "\n");
}

struct range {
	int first, last; /* shown */
	int line, end;	 /* meant */
};

static void add_excerpt(struct strbuf *out, const struct dockerfile *file, struct range range)
{
	const char *at = file->bytes, *end = file->bytes + file->length;

	strbuf_add(out, rule_off);
	for (int line = 1; at < end && line <= range.last; line++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t length = (size_t)((newline ? newline : end) - at);
		bool is_meant = line >= range.line && line <= range.end;

		if (line >= range.first) {
			strbuf_printf(out, "%4d | %s ", line, is_meant ? ">>>" : "   ");
			add_line(out, at, length);
		}
		at += length + (newline != NULL);
	}
	strbuf_add(out, rule_off);
}

int dockerfile_complain(const struct dockerfile *file, int line, int end_line, struct error *err)
{
	struct range range = {line - AROUND, end_line + AROUND, line, end_line};
	size_t room;

	if (!err)
		return -1;
	for (char *c = err->text; *c; c++)
		if (*c != '\n' && is_control(*c))
			*c = '?';
	error_wrap(err, "%.200s:%d", file->name, line);
	room = sizeof(err->text) - 1 - strlen(err->text);
	if (range.first < 1)
		range.first = 1;
	if (range.last > range.first + MOST_LINES - 1)
		range.last = range.first + MOST_LINES - 1;
	for (; range.last >= range.line; range.last--) {
		auto_strbuf struct strbuf excerpt = {0};

		add_excerpt(&excerpt, file, range);
		if (excerpt.length + 1 <= room) {
			size_t length = strlen(err->text);

			err->text[length] = '\n';
			memcpy(err->text + length + 1, excerpt.text, excerpt.length);
			err->text[length + excerpt.length] = '\0'; /* without the last newline */
			break;
		}
		if (range.first < range.line)
			range.first++;
	}
	return -1;
}

void dockerfile_warn(struct dockerfile *file, int line, const char *rule, const char *text,
		     struct arena *arena)
{
	file->warnings =
		arena_grow(arena, file->warnings, file->warning_count, sizeof(*file->warnings));
	file->warnings[file->warning_count++] =
		(struct dockerfile_warning){.line = line, .rule = rule, .text = text};
}
