/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/dockerfile/heredoc.h - "<<EOF" and the lines that it asks for. Pure.
 */
#pragma once

#include "builder/dockerfile/dockerfile.h"

#include <stdbool.h>

struct lines;

/* Is @word (without what is around it) the beginning of a heredoc? It gets no content. */
bool heredoc_parse(struct heredoc *heredoc, const char *word, struct arena *arena);
/* Reads the bodies of all that stand in @text, the whole line of @instruction. */
int heredoc_read_all(struct lines *lines, struct instruction *instruction, const char *text,
		     struct error *err);
