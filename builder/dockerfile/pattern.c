/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/pattern.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#include <string.h>

/* The work is the product of both lengths at worst. */
#define LONGEST_PATTERN 1024

/* One character (or a byte that is part of none) of a value; of a pattern also what stands for any.
 */
struct glyph {
	const char *at; /* NULL: ? or * */
	unsigned width; /* then: 1 or 0 */
};
struct glyphs {
	struct glyph *items;
	size_t count;
};

#define auto_glyphs __attribute__((cleanup(release_glyphs)))
static void release_glyphs(struct glyphs *glyphs)
{
	free(glyphs->items);
}

static struct glyph take_glyph(const char **text)
{
	uint32_t code;
	size_t width = utf8_decode(*text, strnlen(*text, 4), &code);
	struct glyph glyph = {.at = *text, .width = width ? (unsigned)width : 1};

	*text += glyph.width;
	return glyph;
}

/* Room for all of @text; freed by the caller. */
static struct glyphs start_glyphs(const char *text)
{
	return (struct glyphs){.items = alloc_zeroed(strlen(text) + 1, sizeof(struct glyph))};
}

static struct glyphs read_value(const char *value)
{
	struct glyphs glyphs = start_glyphs(value);

	while (*value)
		glyphs.items[glyphs.count++] = take_glyph(&value);
	return glyphs;
}

static int read_pattern(struct glyphs *glyphs, const char *pattern, struct error *err)
{
	const char *at = pattern;

	while (*at) {
		if (*at == '\\') {
			at++;
			if (!*at || !strchr("*?\\}/", *at))
				return error_set(err, ERROR_INVALID,
						 "invalid pattern (%.60s) in substitution: a "
						 "backslash goes before * ? \\ } / only",
						 pattern);
			glyphs->items[glyphs->count++] = take_glyph(&at);
		} else if (*at == '*' || *at == '?') {
			glyphs->items[glyphs->count++] = (struct glyph){.width = *at++ == '?'};
		} else {
			glyphs->items[glyphs->count++] = take_glyph(&at);
		}
	}
	return 0;
}

static bool is_star(struct glyph glyph)
{
	return !glyph.at && !glyph.width;
}

/* A part of a pattern between stars: as many glyphs as it matches. */
struct part {
	const struct glyph *items;
	size_t count;
};

static bool fits_at(const struct glyphs *value, size_t at, const struct part *part)
{
	for (size_t i = 0; i < part->count; i++) {
		struct glyph is = value->items[at + i], wanted = part->items[i];

		if (wanted.at &&
		    (is.width != wanted.width || memcmp(is.at, wanted.at, is.width) != 0))
			return false;
	}
	return true;
}

enum { NOT_HERE = -1, NOWHERE = -2 };

/* From @at on the first place that fits, or of all the last one. */
static ptrdiff_t find_part(const struct glyphs *value, size_t at, const struct part *part,
			   bool wants_last)
{
	size_t last = value->count - part->count;

	if (part->count > value->count)
		return NOWHERE;
	for (size_t i = at; i <= last; i++) {
		size_t place = wants_last ? last - (i - at) : i;

		if (fits_at(value, place, part))
			return (ptrdiff_t)place;
	}
	return NOWHERE;
}

/* Where a match that begins at @at ends; NOWHERE: none begins further on, either. */
static ptrdiff_t match(const struct glyphs *value, size_t at, const struct glyphs *pattern,
		       bool is_longest)
{
	size_t next = 0;

	for (bool floats = false;; floats = true) {
		struct part part = {.items = pattern->items + next};
		ptrdiff_t place;
		bool is_last;

		while (next + part.count < pattern->count && !is_star(part.items[part.count]))
			part.count++;
		is_last = next + part.count == pattern->count;
		if (floats)
			place = find_part(value, at, &part, is_last && is_longest);
		else if (at + part.count > value->count)
			place = NOWHERE;
		else
			place = fits_at(value, at, &part) ? (ptrdiff_t)at : NOT_HERE;
		if (place < 0)
			return place;
		at = (size_t)place + part.count;
		if (is_last)
			return (ptrdiff_t)at;
		next += part.count + 1;
	}
}

static void reverse(struct glyphs *glyphs)
{
	for (size_t i = 0; i < glyphs->count / 2; i++) {
		struct glyph glyph = glyphs->items[i];

		glyphs->items[i] = glyphs->items[glyphs->count - 1 - i];
		glyphs->items[glyphs->count - 1 - i] = glyph;
	}
}

static int open_pattern(struct glyphs *glyphs, const char *pattern, struct error *err)
{
	if (strlen(pattern) > LONGEST_PATTERN)
		return error_set(err, ERROR_INVALID,
				 "a pattern in a substitution is longer than %d bytes",
				 LONGEST_PATTERN);
	*glyphs = start_glyphs(pattern);
	return read_pattern(glyphs, pattern, err);
}

int pattern_trim(struct strbuf *out, const char *value, const struct pattern_trim *trim,
		 struct error *err)
{
	auto_glyphs struct glyphs pattern = {0}, glyphs = read_value(value);
	int opened = open_pattern(&pattern, trim->pattern, err);
	size_t from = 0, to = strlen(value);
	ptrdiff_t end;

	if (opened < 0)
		return -1;
	if (trim->place == PATTERN_AT_END) {
		reverse(&glyphs);
		reverse(&pattern);
	}
	end = match(&glyphs, 0, &pattern, trim->is_longest);
	if (end > 0 && trim->place == PATTERN_AT_END)
		to = (size_t)(glyphs.items[end - 1].at - value);
	else if (end > 0)
		from = (size_t)(glyphs.items[end - 1].at - value) + glyphs.items[end - 1].width;
	strbuf_add_n(out, value + from, to - from);
	return 0;
}

int pattern_replace(struct strbuf *out, const char *value, const struct pattern_replace *replace,
		    struct error *err)
{
	auto_glyphs struct glyphs pattern = {0}, glyphs = read_value(value);
	int opened = open_pattern(&pattern, replace->pattern, err);
	bool is_done = false, is_behind_match = false;
	size_t at = 0;

	if (opened < 0)
		return -1;
	while (at <= glyphs.count) {
		ptrdiff_t end = is_done || out->length > replace->limit
					? NOWHERE
					: match(&glyphs, at, &pattern, true);
		bool is_empty = end == (ptrdiff_t)at;

		if (end >= 0 && !(is_empty && is_behind_match))
			strbuf_add(out, replace->by);
		is_done = is_done || end == NOWHERE || (end >= 0 && !replace->is_all);
		is_behind_match = end > (ptrdiff_t)at;
		if (is_behind_match) {
			at = (size_t)end;
			continue;
		}
		if (at < glyphs.count)
			strbuf_add_n(out, glyphs.items[at].at, glyphs.items[at].width);
		at++;
	}
	return 0;
}
