/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/screen/filter.h - what may reach a terminal.
 *
 * Names, labels and messages come from images and containers; a terminal obeys control sequences
 * in them. Both filters are stateless: whatever is cut into pieces, each result is harmless. Only
 * used when the output is a terminal; files and pipes get the bytes as they are.
 */
#pragma once

#include <stddef.h>

struct strbuf;

/* Metadata: printable UTF-8 passes; control characters (C0, C1, DEL), direction marks and invalid
 * bytes become "\x1b", "\u202e". Tab and newline are escaped too. */
void filter_text(struct strbuf *out, const char *text, size_t length);
/* Container output: as above, but newline, tab and colour sequences (ESC [ … m) pass, other escape
 * sequences are dropped, and so is a carriage return before the newline. Returns true when a colour
 * sequence passed. */
int filter_log(struct strbuf *out, const char *text, size_t length);
/* The same of one line, without its newline: of what was overwritten, by carriage returns, only
 * what stood there last. */
int filter_log_line(struct strbuf *out, const char *text, size_t length);
