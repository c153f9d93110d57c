/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/screen/columns.h - how much of a line a text takes on the screen.
 *
 * Characters of East Asia and emoji take two columns, marks on others none; control sequences
 * ("ESC [ … letter") none.
 */
#pragma once

#include <stddef.h>

struct strbuf;

size_t columns_count(const char *text, size_t length);
/* The bytes of what stands in the first @columns. */
size_t columns_fit(const char *text, size_t length, size_t columns);
/* As much of @text as fits, "…" for its end if it does not. Returns the columns used. */
size_t columns_add(struct strbuf *out, const char *text, size_t columns);
/* The same of a line of output: tabs are blanks up to the next one of eight. */
void columns_add_log(struct strbuf *out, const char *text, size_t columns);
/* The same in exactly @columns: filled with blanks, or cut in the middle, since names end with what
 * tells them apart. */
void columns_add_name(struct strbuf *out, const char *name, size_t columns);
/* How many lines of the screen @text takes, when what was written on one
 * @before columns wide stands on one of @columns. */
size_t columns_count_rows(const char *text, size_t before, size_t columns);
