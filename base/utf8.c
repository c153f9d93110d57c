/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include "base/strbuf.h"

#define REPLACEMENT "\xef\xbf\xbd"

size_t utf8_decode(const char *text, size_t length, uint32_t *code)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *bytes = (const unsigned char *)text;
	size_t size = bytes[0] < 0x80 ? 1 : bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;

	*code = bytes[0];
	if (size == 1)
		return 1;
	if (bytes[0] < 0xc2 || bytes[0] > 0xf4 || size > length)
		return 0;
	*code = bytes[0] & (0xffU >> (size + 1));
	for (size_t i = 1; i < size; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (bytes[i] & 0x3f);
	}
	if (*code < smallest[size] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return size;
}

/* How many bytes from the start are whole characters. */
static size_t valid_length(const char *text, size_t length)
{
	uint32_t code;
	size_t at = 0, size;

	while (at < length && (size = utf8_decode(text + at, length - at, &code)) > 0)
		at += size;
	return at;
}

bool utf8_is_valid(const char *text, size_t length)
{
	return valid_length(text, length) == length;
}

void utf8_repair(struct strbuf *out, const char *text, size_t length)
{
	for (size_t at = 0; at < length; at++) {
		size_t valid = valid_length(text + at, length - at);

		strbuf_add_n(out, text + at, valid);
		at += valid;
		if (at < length)
			strbuf_add(out, REPLACEMENT);
	}
}
