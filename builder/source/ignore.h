/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/source/ignore.h - door: .dockerignore and what --exclude takes. Pure; linear in time.
 *
 * Patterns as moby/patternmatcher has them: path components by '*', '?', '[…]', "**" for any number
 * of them, '!' takes back, the last one that matches counts, a match of a parent is one, too.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;
struct ignore;

/* The text of an ignore file (BOM, comments, blanks, CRLF). ERROR_INVALID with its line. */
struct ignore *ignore_parse(const char *name, const char *text, size_t length, struct arena *arena,
			    struct error *err);
/* Patterns one by one, NULL-terminated. */
struct ignore *ignore_from_patterns(char *const *patterns, struct arena *arena, struct error *err);

enum ignore_verdict {
	IGNORE_TAKES,	/* it is there */
	IGNORE_HIDES,	/* it is hidden, and so is everything below it */
	IGNORE_LOOKS_IN /* it is hidden, but a '!' may show something below it */
};
/* @path: relative, cleaned, without a slash at the end. NULL @ignore: all is there. */
enum ignore_verdict ignore_judge(const struct ignore *ignore, const char *path);
/* The pattern (as written) that hides @path; NULL: none does. */
const char *ignore_reason(const struct ignore *ignore, const char *path);
