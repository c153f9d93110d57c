/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/pair.h - a name and its value: labels, driver options, log options, sysctls, annotations.
 *
 * A list of them is an array and its length; where it grows, it is in an arena.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;
struct json_object;

struct pair {
	const char *name, *value; /* value NULL: as "" */
};

/* The value ("" for none), or NULL when the name is not there. */
const char *pair_find(const struct pair *pairs, size_t count, const char *name);
/* Is there one as "NAME" or "NAME=value" says? */
bool pair_fits(const struct pair *pairs, size_t count, const char *wanted);
/* Adds, or replaces the one of that name. */
void pair_set(struct pair **pairs, size_t *count, struct pair pair, struct arena *arena);
/* The same for each of @more. */
void pair_merge(struct pair **pairs, size_t *count, const struct pair *more, size_t more_count,
		struct arena *arena);
/* The same for each "NAME=value"; without "=" the value is "". */
void pair_set_entries(struct pair **pairs, size_t *count, char *const *entries,
		      struct arena *arena);
/* The members of an object; what is no text is "". NULL for anything else. */
struct pair *pair_from_json(const struct json_object *object, size_t *count, struct arena *arena);
struct json_object *pair_to_json(const struct pair *pairs, size_t count);
/* "key=value,key=value" as a line of CSV: a field in quotes may contain commas. A field without "="
 * has a NULL value. ERROR_INVALID: a quote is not closed. */
int pair_from_csv(struct pair **pairs, size_t *count, const char *text, struct arena *arena,
		  struct error *err);
