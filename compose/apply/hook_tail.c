/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/hook_tail.h"

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#include <string.h>

#define MOST_LINES 10
#define MOST_BYTES ((size_t)700) /* of an error's text */

void hook_tail_add(struct hook_tail *tail, const char *bytes, size_t length)
{
	size_t kept = tail->used;

	if (length > sizeof(tail->bytes)) {
		bytes += length - sizeof(tail->bytes);
		length = sizeof(tail->bytes);
	}
	if (kept > sizeof(tail->bytes) - length)
		kept = sizeof(tail->bytes) - length;
	memmove(tail->bytes, tail->bytes + tail->used - kept, kept);
	memcpy(tail->bytes + kept, bytes, length);
	tail->used = kept + length;
}

/* Returns whether it was a line to be seen. */
static bool add_line(struct strbuf *out, const char *line, size_t length)
{
	const char *overwritten;

	while (length > 0 && strchr(" \t\r", line[length - 1]))
		length--;
	overwritten = memrchr(line, '\r', length);
	if (overwritten) {
		length -= (size_t)(overwritten + 1 - line);
		line = overwritten + 1;
	}
	if (length == 0)
		return false;
	if (out->length > 0)
		strbuf_add_char(out, '\n');
	utf8_repair(out, line, length);
	return true;
}

static const char *skip_lines(const char *text, size_t count)
{
	while (count-- > 0)
		text = strchr(text, '\n') + 1;
	return text;
}

void hook_tail_print(struct strbuf *out, const struct hook_tail *tail)
{
	auto_strbuf struct strbuf lines = {0};
	const char *at = tail->bytes, *end = at + tail->used;
	size_t count = 0, length;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *line_end = newline ? newline : end;

		count += add_line(&lines, at, (size_t)(line_end - at));
		at = newline ? newline + 1 : end;
	}
	at = skip_lines(strbuf_text(&lines), count > MOST_LINES ? count - MOST_LINES : 0);
	length = strlen(at);
	if (length > MOST_BYTES)
		at += length - MOST_BYTES;
	while (((unsigned char)*at & 0xc0) == 0x80) /* in the middle of a character */
		at++;
	strbuf_add(out, at);
}
