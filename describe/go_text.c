/* SPDX-License-Identifier: Apache-2.0 */
#include "describe/go_text.h"

#include "base/strbuf.h"
#include "base/utf8.h"

#include <string.h>

static void add_escaped(struct strbuf *out, unsigned char c)
{
	static const char from[] = "\a\b\f\n\r\t\v\\\"", to[] = "abfnrtv\\\"";
	const char *found = c ? strchr(from, c) : NULL;

	if (found)
		strbuf_printf(out, "\\%c", to[found - from]);
	else
		strbuf_printf(out, "\\x%02x", c);
}

void go_text_quote(struct strbuf *out, const char *text, size_t length)
{
	strbuf_add_char(out, '"');
	for (size_t i = 0; i < length;) {
		uint32_t code;
		size_t size = utf8_decode(text + i, length - i, &code);

		if (size == 0 || code < 0x20 || code == 0x7f || code == '"' || code == '\\')
			add_escaped(out, (unsigned char)text[i]);
		else if (code > 0x7f && code < 0xa0)
			strbuf_printf(out, "\\u%04x", code);
		else
			strbuf_add_n(out, text + i, size);
		i += size ? size : 1;
	}
	strbuf_add_char(out, '"');
}

static bool is_first(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

void go_text_ellipsis(struct strbuf *out, const char *text, size_t width)
{
	size_t length = 0, characters = 0, cut = 0;

	for (; text[length]; length++) {
		if (!is_first(text[length]))
			continue;
		if (++characters == width)
			cut = length;
	}
	if (characters <= width) {
		strbuf_add(out, text);
		return;
	}
	strbuf_add_n(out, text, cut);
	strbuf_add(out, "…");
}
