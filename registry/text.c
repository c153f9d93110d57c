/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/text.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct range {
	uint32_t first, last;
};

/* Beside ASCII: C1, the bidirectional controls, zero width marks, separators, surrogates, tags. */
static const struct range unfit[] = {
	{0x80, 0x9f},	  {0xad, 0xad},	    {0x61c, 0x61c},   {0x200b, 0x200f}, {0x2028, 0x202e},
	{0x2060, 0x206f}, {0xd800, 0xdfff}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff},
};

/* Bytes of the character at @text (at most @length there are), 0 when it is not fit. */
static size_t fit_length(const char *text, size_t length)
{
	uint32_t value;
	size_t bytes = utf8_decode(text, length, &value);

	if (bytes == 1)
		return value >= 0x20 && value != 0x7f;
	for (size_t i = 0; i < sizeof(unfit) / sizeof(unfit[0]); i++)
		if (value >= unfit[i].first && value <= unfit[i].last)
			return 0;
	return bytes;
}

void text_clean(char *text)
{
	size_t length = strlen(text);

	for (size_t at = 0; at < length;) {
		size_t bytes = fit_length(text + at, length - at);

		if (bytes == 0)
			text[at] = '?';
		at += bytes ? bytes : 1;
	}
}

void text_copy(char *out, size_t size, const char *text, size_t length)
{
	if (length > size - 1) {
		length = size - 1;
		while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
			length--;
	}
	memcpy(out, text, length);
	out[length] = '\0';
	/* A NUL inside would hide the rest from whoever reads the text later. */
	for (size_t i = 0; i < length; i++)
		if (!out[i])
			out[i] = '?';
	text_clean(out);
}
