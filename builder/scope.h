/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/scope.h - the variables that a line of a Dockerfile sees. Pure.
 *
 * What ENV and ARG set later counts, whichever of the two it was; a stage on another one sees its
 * arguments, too. An ARG without a value is declared and has none.
 */
#pragma once

#include "base/pair.h"
#include "builder/dockerfile/expand.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;

struct scope {
	struct arena *arena;
	char escape;
	struct pair *variables; /* what has a value, in the order in which it was set */
	size_t count;
	struct pair *arguments; /* what ARG declared, each once, in order; value NULL: none */
	size_t argument_count;
};

/* Its own copy, which may change. */
void scope_copy(struct scope *scope, const struct scope *from);
void scope_set(struct scope *scope, const char *name, const char *value);
/* "NAME=value" each; NULL: none. */
void scope_set_entries(struct scope *scope, char *const *entries);
void scope_declare(struct scope *scope, const char *name, const char *value);
/* NULL: it has no value. */
const char *scope_get(const struct scope *scope, const char *name);
/* "NAME=value" of all that have one, NULL-terminated. */
char **scope_entries(const struct scope *scope);

/* For readers of their own; it refers to the scope. */
struct expansion scope_expansion(const struct scope *scope);
/* Quotes and variables of a word; NULL with ERROR_INVALID. */
const char *scope_word(const struct scope *scope, const char *word, struct error *err);
/* The same, split at blanks that no quotes hold. */
char **scope_words(const struct scope *scope, const char *word, struct error *err);
/* Only variables, by rules that know no other escape character than the backslash: the content of
 * a heredoc. */
const char *scope_text(const struct scope *scope, const char *text, struct error *err);
/* For people: variables without a value stay as they are written, and so does what cannot be
 * read. */
const char *scope_show(const struct scope *scope, const char *text);

/* Is it one of the proxies' variables, which count without ARG, and for no key of the cache? */
bool scope_is_proxy(const char *name);
/* What --build-arg says of proxies, each in capitals and small letters; NULL-terminated. */
char **scope_proxies(const struct pair *args, size_t count, struct arena *arena);
