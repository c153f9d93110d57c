/* SPDX-License-Identifier: Apache-2.0 */
/* The signs of file patterns, and names held against them. */
#include "builder/source/pattern_private.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/utf8.h"

#include <string.h>

uint32_t pattern_character(const char **text)
{
	uint32_t code = (unsigned char)**text;
	size_t length = 1;

	if (code >= 0x80)
		length = utf8_decode(*text, strnlen(*text, 4), &code);
	if (length == 0) {
		code = PATTERN_BYTE + (unsigned char)**text;
		length = 1;
	}
	*text += length;
	return code;
}

bool pattern_class_has(const struct pattern_class *class, uint32_t code)
{
	for (size_t i = 0; i < class->count; i++)
		if (code >= class->ranges[i].first && code <= class->ranges[i].last)
			return !class->is_negated;
	return class->is_negated;
}

static int refuse(struct error *err, const char *why)
{
	return error_set(err, ERROR_INVALID, "syntax error in pattern: %s", why);
}

/* One end of a range in a class. */
static int read_end(uint32_t *code, const char **text, struct error *err)
{
	if (**text == '-' || **text == ']')
		return refuse(err, "a class has '-' or ']' where a character should be");
	if (**text == '\\')
		(*text)++;
	if (!**text)
		return refuse(err, "a class '[' has no end");
	*code = pattern_character(text);
	return 0;
}

static int read_class(const struct pattern_class **read, const char **text, struct arena *arena,
		      struct error *err)
{
	struct pattern_class *class = arena_alloc(arena, sizeof(*class));

	class->is_negated = **text == '^';
	*text += class->is_negated;
	while (**text != ']' || class->count == 0) {
		struct pattern_range range;

		if (read_end(&range.first, text, err) < 0)
			return -1;
		range.last = range.first;
		if (**text == '-') {
			(*text)++;
			if (read_end(&range.last, text, err) < 0)
				return -1;
		}
		class->ranges = arena_grow(arena, class->ranges, class->count, sizeof(range));
		class->ranges[class->count++] = range;
	}
	(*text)++;
	*read = class;
	return 0;
}

int pattern_next(struct pattern_sign *sign, const char **text, struct arena *arena,
		 struct error *err)
{
	char c = **text;

	*sign = (struct pattern_sign){.kind = PATTERN_LITERAL};
	if (c == '*' || c == '?' || c == '[') {
		(*text)++;
		sign->kind = c == '*' ? PATTERN_STAR : c == '?' ? PATTERN_ANY : PATTERN_CLASS;
		return c == '[' ? read_class(&sign->class, text, arena, err) : 0;
	}
	if (c == '\\' && !*++*text)
		return refuse(err, "a backslash at its end");
	sign->code = pattern_character(text);
	return 0;
}

bool pattern_has_wildcard(const char *pattern)
{
	for (; *pattern; pattern++) {
		if (strchr("*?[", *pattern))
			return true;
		if (*pattern == '\\' && !*++pattern)
			return false;
	}
	return false;
}

int pattern_parse(struct pattern *pattern, const char *text, size_t length, struct arena *arena,
		  struct error *err)
{
	const char *rest = arena_string_n(arena, text, length);

	*pattern = (struct pattern){0};
	while (*rest) {
		pattern->signs =
			arena_grow(arena, pattern->signs, pattern->count, sizeof(*pattern->signs));
		if (pattern_next(&pattern->signs[pattern->count++], &rest, arena, err) < 0)
			return -1;
	}
	return 0;
}

static bool sign_matches(const struct pattern_sign *sign, uint32_t code)
{
	if (sign->kind == PATTERN_CLASS)
		return pattern_class_has(sign->class, code);
	return sign->kind == PATTERN_ANY || (sign->kind == PATTERN_LITERAL && sign->code == code);
}

/* Only the last star that was met has to be tried again: what comes before it has matched. */
bool pattern_matches(const struct pattern *pattern, const char *name)
{
	size_t at = 0, star = SIZE_MAX;
	const char *from = name, *next = name;

	while (*name) {
		if (at < pattern->count && pattern->signs[at].kind == PATTERN_STAR) {
			star = at++;
			from = name;
			continue;
		}
		next = name;
		if (at < pattern->count &&
		    sign_matches(&pattern->signs[at], pattern_character(&next))) {
			at++;
			name = next;
			continue;
		}
		if (star == SIZE_MAX)
			return false;
		pattern_character(&from);
		name = from;
		at = star + 1;
	}
	while (at < pattern->count && pattern->signs[at].kind == PATTERN_STAR)
		at++;
	return at == pattern->count;
}
