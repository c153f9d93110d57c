/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/dockerfile/substitution.h - what ${NAME:-WORD} and the like come to. Pure.
 */
#pragma once

#include <stdbool.h>

struct error;
struct strbuf;

struct substitution {
	const char *name, *value; /* value NULL: not set */
	bool is_colon;		  /* an empty value is as none */
	char sign;		  /* - + ? # % */
	const char *word;	  /* behind the sign, expanded */
};

enum substitution_kind {
	SUBSTITUTION_UNKNOWN,
	SUBSTITUTION_BY_WORD,
	SUBSTITUTION_BY_PATTERN /* escapes in the word are for the pattern */
};
enum substitution_kind substitution_kind_of(const struct substitution *substitution);
/* Appends to @out. -1: a value that is required is not there, a pattern is wrong. */
int substitution_apply(const struct substitution *substitution, struct strbuf *out,
		       struct error *err);
