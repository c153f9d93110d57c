/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/source/pattern_private.h - the signs of a file pattern, as Go's filepath.Match has them.
 *
 * '*' and '?' do not match a slash, a class may; a backslash takes the next character as it is.
 * Characters are code points; a byte that is part of none is PATTERN_BYTE more than itself, so that
 * names in any encoding match themselves.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

#define PATTERN_BYTE 0x110000U

/* The character at *@text, which is moved behind it. */
uint32_t pattern_character(const char **text);

struct pattern_range {
	uint32_t first, last;
};
struct pattern_class {
	struct pattern_range *ranges;
	size_t count;
	bool is_negated;
};
bool pattern_class_has(const struct pattern_class *class, uint32_t code);

enum pattern_sign_kind { PATTERN_LITERAL, PATTERN_ANY, PATTERN_STAR, PATTERN_CLASS };
struct pattern_sign {
	enum pattern_sign_kind kind;
	uint32_t code;
	const struct pattern_class *class;
};
/* The sign at *@text, which is moved behind it. ERROR_INVALID: it is none. */
int pattern_next(struct pattern_sign *sign, const char **text, struct arena *arena,
		 struct error *err);

/* Does it have a sign that stands for more than one character? */
bool pattern_has_wildcard(const char *pattern);
/* A pattern of one path component, as signs. */
struct pattern {
	struct pattern_sign *signs;
	size_t count;
};
int pattern_parse(struct pattern *pattern, const char *text, size_t length, struct arena *arena,
		  struct error *err);
bool pattern_matches(const struct pattern *pattern, const char *name);
