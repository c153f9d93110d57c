/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/utf8.h - characters in bytes that anybody may have written.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strbuf;

/* How many bytes the character at @text takes, of the @length (at least 1) that are there; 0 when
 * it is none (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF). */
size_t utf8_decode(const char *text, size_t length, uint32_t *code);
bool utf8_is_valid(const char *text, size_t length);
/* Appends @text with U+FFFD in place of each byte that is part of no character. */
void utf8_repair(struct strbuf *out, const char *text, size_t length);
