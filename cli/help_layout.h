/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/help_layout.h - text in lines of a width: paragraphs, and rows of a name and what it means.
 */
#pragma once

#include <stddef.h>

struct strbuf;

/* Goes on in the last line of @out, and then in lines that are indented so far. Ends with a
 * newline. */
void help_layout_text(struct strbuf *out, size_t indent, size_t width, const char *text);
/* @name, and from @column on @text; below the name when that is too long. */
void help_layout_row(struct strbuf *out, const char *name, size_t column, size_t width,
		     const char *text);
/* Columns of a text. */
size_t help_layout_columns(const char *text, size_t length);
