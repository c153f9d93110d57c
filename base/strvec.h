/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/strvec.h - a growing, NULL-terminated vector of owned strings, as argv and envp are.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* A zeroed struct strvec is empty. */
struct strvec {
	char **items; /* items[count] is NULL; the pointer itself may be NULL while empty */
	size_t count;
};

#define auto_strvec __attribute__((cleanup(strvec_release)))
#define strvec_each(item, vec)                                                                     \
	for (char **item = (vec)->items; item && item < (vec)->items + (vec)->count; item++)

void strvec_release(struct strvec *vec);
void strvec_add(struct strvec *vec, const char *text);
void strvec_add_n(struct strvec *vec, const char *text, size_t length);
void strvec_addf(struct strvec *vec, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Takes ownership of a malloc'ed string. */
void strvec_add_owned(struct strvec *vec, char *text);
/* Adds all of a NULL-terminated array; NULL adds nothing. */
void strvec_add_all(struct strvec *vec, char *const *items);
void strvec_remove(struct strvec *vec, size_t index);
bool strvec_contains(const struct strvec *vec, const char *text);
void strvec_sort(struct strvec *vec);
/* A NULL-terminated copy whose memory belongs to @arena. */
char **strvec_copy(const struct strvec *vec, struct arena *arena);

/* Environment helpers: "NAME=value" entries, the last setting of a name wins and keeps its place.
 * strvec_getenv returns the value or NULL. */
void strvec_setenv(struct strvec *env, const char *assignment);
void strvec_unsetenv(struct strvec *env, const char *name);
/* Each of @changes (NULL-terminated; NULL: none) in turn: "NAME=value" sets, "NAME" unsets. For
 * many of them: an image may have 100,000. */
void strvec_merge_env(struct strvec *env, char *const *changes);
const char *strvec_getenv(char *const *env, const char *name);
