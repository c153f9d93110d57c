/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/dockerfile/words.h - where the words of an instruction end. Pure.
 */
#pragma once

#include "base/strvec.h"

#include <stddef.h>

/* Bytes of the white space that @text begins with, as Unicode has it; 0: it begins with none. */
size_t words_space(const char *text);
/* Behind the white space that @text begins with. */
const char *words_skip(const char *text);
/* How much of @text is not white space at its end. */
size_t words_trimmed(const char *text);

/* Behind the first word, which only a blank, a tab and the like end. */
const char *words_end(const char *text);
/* All of them; nothing holds blanks together. */
void words_split_blanks(struct strvec *words, const char *text);
/* Those that white space separates which neither quotes nor @escape hold. They keep both. */
void words_split_quoted(struct strvec *words, const char *text, char escape);
/* The words that begin with "--", without quotes and escapes, up to one that does not, or behind
 * "--". Returns what follows them. */
const char *words_split_flags(struct strvec *flags, const char *text, char escape);
