/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strbuf.h"

#include "base/alloc.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void strbuf_release(struct strbuf *buf)
{
	free(buf->text);
	*buf = (struct strbuf){0};
}

void strbuf_clear(struct strbuf *buf)
{
	buf->length = 0;
	if (buf->text)
		buf->text[0] = '\0';
}

char *strbuf_reserve(struct strbuf *buf, size_t more)
{
	size_t needed = buf->length + more + 1;

	if (needed > buf->capacity) {
		size_t capacity = buf->capacity ? buf->capacity * 2 : 64;

		if (capacity < needed)
			capacity = needed;
		buf->text = alloc_resize(buf->text, capacity, 1);
		buf->capacity = capacity;
		buf->text[buf->length] = '\0';
	}
	return buf->text + buf->length;
}

void strbuf_add_n(struct strbuf *buf, const void *bytes, size_t length)
{
	char *end = strbuf_reserve(buf, length);

	if (length > 0) /* nothing may be at NULL */
		memcpy(end, bytes, length);
	end[length] = '\0';
	buf->length += length;
}

void strbuf_add(struct strbuf *buf, const char *text)
{
	strbuf_add_n(buf, text, strlen(text));
}

void strbuf_add_char(struct strbuf *buf, char c)
{
	strbuf_add_n(buf, &c, 1);
}

void strbuf_add_url(struct strbuf *out, unsigned char c, bool is_query)
{
	if (isalnum(c) || (c && strchr("-._~", c)))
		strbuf_add_char(out, (char)c);
	else if (c == ' ' && is_query)
		strbuf_add_char(out, '+');
	else
		strbuf_printf(out, "%%%02X", c);
}

void strbuf_printf(struct strbuf *buf, const char *format, ...)
{
	char *end = strbuf_reserve(buf, 80);
	size_t room = buf->capacity - buf->length;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(end, room, format, args);
	va_end(args);
	if (n >= 0 && (size_t)n >= room) {
		end = strbuf_reserve(buf, (size_t)n);
		va_start(args, format);
		vsnprintf(end, (size_t)n + 1, format, args);
		va_end(args);
	}
	if (n > 0)
		buf->length += (size_t)n;
}

char *strbuf_take(struct strbuf *buf)
{
	char *text = buf->text ? buf->text : alloc_string("");

	*buf = (struct strbuf){0};
	return text;
}

const char *strbuf_text(const struct strbuf *buf)
{
	return buf->text ? buf->text : "";
}
