/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/screen/filter.h"

#include "base/strbuf.h"
#include "base/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define ESCAPE	       0x1b
#define LONGEST_STRING 1024 /* of an operating system command or the like */

/* Controls, and what reorders or hides text: direction marks, line separators, tag characters. */
static bool is_harmful(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x061c ||
	       (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069) || code == 0xfeff ||
	       (code >= 0xe0000 && code <= 0xe007f);
}

/* One character; returns how many bytes it was. */
static size_t pass_one(struct strbuf *out, const char *text, size_t length)
{
	uint32_t code;
	size_t size = utf8_decode(text, length, &code);

	if (size == 0) {
		strbuf_printf(out, "\\x%02x", (unsigned char)text[0]);
		return 1;
	}
	if (!is_harmful(code))
		strbuf_add_n(out, text, size);
	else if (code < 0x100)
		strbuf_printf(out, "\\x%02x", (unsigned)code);
	else
		strbuf_printf(out, "\\u%04x", (unsigned)code);
	return size;
}

void filter_text(struct strbuf *out, const char *text, size_t length)
{
	for (size_t at = 0; at < length;)
		at += pass_one(out, text + at, length - at);
}

/* ESC [ digits ; : m */
static size_t colour_length(const char *text, size_t length)
{
	if (length < 3 || text[1] != '[')
		return 0;
	for (size_t i = 2; i < length && i < 32; i++) {
		if (text[i] == 'm')
			return i + 1;
		if ((text[i] < '0' || text[i] > '9') && text[i] != ';' && text[i] != ':')
			return 0;
	}
	return 0;
}

/* The length of an escape sequence that is dropped: CSI to its final byte, strings (OSC, DCS, SOS,
 * PM, APC) to BEL or ST, others two bytes. An unfinished one is only its introducer, so that a
 * hostile line cannot hide the text behind it. */
static size_t sequence_length(const char *text, size_t length)
{
	if (length < 2)
		return 1;
	if (text[1] == '[') {
		for (size_t i = 2; i < length && i < 64 && text[i] >= 0x20 && text[i] < 0x7f; i++)
			if (text[i] >= 0x40)
				return i + 1;
		return 2;
	}
	if (text[1] == ']' || text[1] == 'P' || text[1] == 'X' || text[1] == '^' ||
	    text[1] == '_') {
		for (size_t i = 2; i < length && i < LONGEST_STRING && text[i] != '\n'; i++) {
			if (text[i] == '\a')
				return i + 1;
			if (text[i] == ESCAPE && i + 1 < length && text[i + 1] == '\\')
				return i + 2;
		}
		return 2;
	}
	return text[1] >= 0x20 && text[1] < 0x7f ? 2 : 1;
}

int filter_log(struct strbuf *out, const char *text, size_t length)
{
	int colours = 0;

	for (size_t at = 0; at < length;) {
		char c = text[at];
		size_t size;

		if (c == '\n' || c == '\t') {
			strbuf_add_char(out, c);
			at++;
		} else if (c == '\r' && (at + 1 == length || text[at + 1] == '\n')) {
			at++;
		} else if (c == ESCAPE) {
			size = colour_length(text + at, length - at);
			if (size > 0) {
				strbuf_add_n(out, text + at, size);
				colours = 1;
			} else {
				size = sequence_length(text + at, length - at);
			}
			at += size;
		} else {
			at += pass_one(out, text + at, length - at);
		}
	}
	return colours;
}

int filter_log_line(struct strbuf *out, const char *text, size_t length)
{
	const char *back;

	while (length > 0 && text[length - 1] == '\r')
		length--;
	back = length > 0 ? memrchr(text, '\r', length) : NULL;
	if (back) {
		length -= (size_t)(back + 1 - text);
		text = back + 1;
	}
	return filter_log(out, text, length);
}
