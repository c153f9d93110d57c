/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/text.h - door: text that a server wrote, made fit to be shown.
 */
#pragma once

#include <stddef.h>

/* Replaces, in place, what could drive a terminal or mislead a reader with '?': control characters
 * (C1 too), bytes that are no UTF-8, bidirectional marks, line separators. */
void text_clean(char *text);
/* Copies at most size - 1 bytes, not in the middle of a character, and cleans. */
void text_copy(char *out, size_t size, const char *text, size_t length);
