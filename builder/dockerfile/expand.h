/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/dockerfile/expand.h - door: quotes and variables of a Dockerfile's words. Pure.
 *
 * All forms of BuildKit's shell/lex.go: $v ${v} ${v:-w} ${v-w} ${v:+w} ${v+w} ${v:?m} ${v?m}
 * ${v#p} ${v##p} ${v%p} ${v%%p} ${v/p/r} ${v//p/r}, nested; single and double quotes; the escape
 * character.
 */
#pragma once

#include <stdbool.h>

struct arena;
struct error;

struct expansion {
	/* The value of a variable, or NULL. */
	const char *(*lookup)(const char *name, void *data);
	void *data;
	char escape;
	bool ignores_quotes; /* they are characters like any other: heredocs of COPY and ADD, whose
			      * escape is always '\\' */
	bool keeps_quotes;   /* they hold what is in them, and stay: the text of a RUN that is shown
			      */
	bool keeps_escapes;
	bool keeps_unset; /* variables without a value stay as they are written */
	/* Called with each name that has no value and for which the word has none ($v, ${v},
	 * ${v#p}, not ${v:-w}); NULL. */
	void (*missing)(const char *name, void *data);
	struct arena *arena;
};

/* One word stays one. ERROR_INVALID: it says what is wrong with which word. NULL then. */
const char *expand_word(const struct expansion *expansion, const char *word, struct error *err);
/* Splits at spaces that no quotes hold (EXPOSE $PORTS); NULL-terminated. */
char **expand_words(const struct expansion *expansion, const char *word, struct error *err);
