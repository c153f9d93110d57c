/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/dockerfile/lines.h - the lines of a Dockerfile: directives, comments, continuations.
 * Pure.
 */
#pragma once

#include "builder/dockerfile/dockerfile.h"

#include <stdbool.h>
#include <stddef.h>

struct strbuf;

struct lines {
	struct dockerfile *file; /* gets escape, syntax, check */
	struct arena *arena;
	size_t position; /* of what has not been read */
	int line;	 /* the number of the line that was read last */
	bool is_past_directives;
	unsigned directives; /* bits of those that were there */
	const char *comment; /* the line that was read last, if it was one */
};

/* @file has bytes and a length. */
void lines_begin(struct lines *lines, struct dockerfile *file, struct arena *arena);

struct lines_line {
	const char *bytes;
	size_t length; /* without what ends it */
	size_t whole;  /* with that */
};
/* 1: read; 0: there are no more. -1: it is too long, or has a byte that no text has; the error is
 * placed. */
int lines_read(struct lines *lines, struct lines_line *line, struct error *err);

struct lines_statement {
	int line;	     /* where it begins; it ends at lines->line */
	const char *comment; /* as struct instruction's */
	bool has_blank;	     /* an empty line among those that it goes on on */
};
/* What an instruction has said on one or more lines, into @text. 1, 0, -1 as lines_read. */
int lines_read_statement(struct lines *lines, struct lines_statement *statement,
			 struct strbuf *text, struct error *err);
