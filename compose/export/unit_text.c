/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/export/unit_text.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"

#include <ctype.h>
#include <string.h>

static bool is_plain(const char *word)
{
	for (const char *p = word; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("-_./:=,+@%$~^", *p) &&
		    (unsigned char)*p < 0x80)
			return false;
	return *word != '\0';
}

static void add_plain(struct strbuf *out, char c)
{
	strbuf_add_char(out, c);
	if (c == '%' || c == '$')
		strbuf_add_char(out, c);
}

static void add_escaped(struct strbuf *out, const char *word)
{
	for (const unsigned char *p = (const unsigned char *)word; *p; p++) {
		if (*p == '"' || *p == '\\')
			strbuf_printf(out, "\\%c", *p);
		else if (*p == '\n')
			strbuf_add(out, "\\n");
		else if (*p == '\t')
			strbuf_add(out, "\\t");
		else if (*p < ' ' || *p == 0x7f)
			strbuf_printf(out, "\\x%02x", *p);
		else
			add_plain(out, (char)*p);
	}
}

void unit_text_word(struct strbuf *out, const char *word)
{
	bool is_bare = is_plain(word);

	if (!is_bare)
		strbuf_add_char(out, '"');
	add_escaped(out, word);
	if (!is_bare)
		strbuf_add_char(out, '"');
}

void unit_text_line(struct strbuf *out, const char *key, const char *value)
{
	strbuf_printf(out, "%s=", key);
	for (; *value; value++)
		add_plain(out, (unsigned char)*value < ' ' ? ' ' : *value);
	strbuf_add_char(out, '\n');
}

void unit_text_linef(struct strbuf *out, const char *key, const char *format, ...)
{
	auto_free char *text = NULL;
	va_list args;

	va_start(args, format);
	text = alloc_vformat(format, args);
	va_end(args);
	unit_text_line(out, key, text);
}

void unit_text_words(struct strbuf *out, const char *key, char *const *words)
{
	strbuf_printf(out, "%s=", key);
	for (size_t i = 0; words && words[i]; i++) {
		strbuf_add(out, i ? " " : "");
		unit_text_word(out, words[i]);
	}
	strbuf_add_char(out, '\n');
}

void unit_text_each(struct strbuf *out, const char *key, char *const *words)
{
	for (; words && *words; words++) {
		strbuf_printf(out, "%s=", key);
		unit_text_word(out, *words);
		strbuf_add_char(out, '\n');
	}
}

void unit_text_duration(struct strbuf *out, const char *key, int64_t nanoseconds)
{
	if (nanoseconds % 1000000000 == 0)
		unit_text_linef(out, key, "%llds", (long long)(nanoseconds / 1000000000));
	else
		unit_text_linef(out, key, "%lldms", (long long)(nanoseconds / 1000000));
}
