/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/dockerfile/pattern.h - the patterns of ${v#p} and ${v/p/r}: *, ?, and what a backslash
 * makes plain. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct error;
struct strbuf;

enum pattern_place { PATTERN_AT_START, PATTERN_AT_END };

struct pattern_trim {
	const char *pattern;
	enum pattern_place place;
	bool is_longest; /* ## and %% */
};
/* Appends @value without what matches. -1: the pattern is wrong. */
int pattern_trim(struct strbuf *out, const char *value, const struct pattern_trim *trim,
		 struct error *err);

struct pattern_replace {
	const char *pattern, *by;
	bool is_all;  /* ${v//p/r} */
	size_t limit; /* of the length of @out, roughly: nothing is replaced beyond it */
};
int pattern_replace(struct strbuf *out, const char *value, const struct pattern_replace *replace,
		    struct error *err);
