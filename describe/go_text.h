/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe/go_text.h - texts as Go's standard library makes them. Pure.
 */
#pragma once

#include <stddef.h>

struct strbuf;

/* Appends a text in double quotes, as Go's %q. */
void go_text_quote(struct strbuf *out, const char *text, size_t length);
/* Appends at most @width characters, the last one an ellipsis when some had to go. */
void go_text_ellipsis(struct strbuf *out, const char *text, size_t width);
