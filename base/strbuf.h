/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/strbuf.h - growing text.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* A zeroed struct strbuf is the empty text. */
struct strbuf {
	char *text; /* NUL-terminated, or NULL while empty */
	size_t length;
	size_t capacity;
};

#define auto_strbuf __attribute__((cleanup(strbuf_release)))

void strbuf_release(struct strbuf *buf);
/* Makes the length 0 and keeps the memory. */
void strbuf_clear(struct strbuf *buf);
/* Room for @more bytes behind the text; returns where they go. Add to length what was written. */
char *strbuf_reserve(struct strbuf *buf, size_t more);
void strbuf_add(struct strbuf *buf, const char *text);
void strbuf_add_n(struct strbuf *buf, const void *bytes, size_t length);
void strbuf_add_char(struct strbuf *buf, char c);
/* A byte as URLs have it: letters, digits and -._~ as they are, others as %XX; in a query a blank
 * is a plus. */
void strbuf_add_url(struct strbuf *out, unsigned char c, bool is_query);
void strbuf_printf(struct strbuf *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The text as the caller's own malloc'ed string, never NULL; the buffer is empty afterwards. */
char *strbuf_take(struct strbuf *buf);
/* The text, "" while empty. */
const char *strbuf_text(const struct strbuf *buf);
