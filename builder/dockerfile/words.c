/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/words.h"

#include "base/strbuf.h"
#include "base/utf8.h"

#include <string.h>

/* What may stand between the words of all instructions; other white space only where a form says
 * so. */
#define BLANKS "\t\v\f\r "

static bool is_wide_space(uint32_t code)
{
	return code == 0x85 || code == 0xa0 || code == 0x1680 ||
	       (code >= 0x2000 && code <= 0x200a) || code == 0x2028 || code == 0x2029 ||
	       code == 0x202f || code == 0x205f || code == 0x3000;
}

size_t words_space(const char *text)
{
	uint32_t code;
	size_t width;

	if (!*text)
		return 0;
	if (!((unsigned char)*text & 0x80))
		return strchr(BLANKS "\n", *text) != NULL;
	width = utf8_decode(text, strnlen(text, 4), &code);
	return width && is_wide_space(code) ? width : 0;
}

const char *words_skip(const char *text)
{
	for (size_t width; (width = words_space(text)) > 0;)
		text += width;
	return text;
}

size_t words_trimmed(const char *text)
{
	size_t end = strlen(text), width;

	while (end > 0) {
		size_t start = end - 1;

		while (start > 0 && end - start < 4 && ((unsigned char)text[start] & 0xc0) == 0x80)
			start--;
		width = words_space(text + start);
		if (width == 0 || start + width != end)
			break;
		end = start;
	}
	return end;
}

const char *words_end(const char *text)
{
	return text + strcspn(text, BLANKS);
}

void words_split_blanks(struct strvec *words, const char *text)
{
	while (*text) {
		const char *end = words_end(text);

		strvec_add_n(words, text, (size_t)(end - text));
		text = end + strspn(end, BLANKS);
	}
}

/* Copies up to a space that nothing holds; an escape that is the last character is dropped. */
static const char *read_quoted(struct strbuf *word, const char *text, char escape)
{
	char quote = '\0';

	while (*text && (quote || !words_space(text))) {
		if (*text == escape && quote != '\'') {
			if (!text[1])
				return text + 1;
			strbuf_add_n(word, text, 2);
			text += 2;
			continue;
		}
		if (quote == *text)
			quote = '\0';
		else if (!quote && (*text == '\'' || *text == '"'))
			quote = *text;
		strbuf_add_char(word, *text++);
	}
	return text;
}

void words_split_quoted(struct strvec *words, const char *text, char escape)
{
	auto_strbuf struct strbuf word = {0};

	for (text = words_skip(text); *text; text = words_skip(text)) {
		strbuf_clear(&word);
		text = read_quoted(&word, text, escape);
		if (word.length)
			strvec_add_n(words, word.text, word.length);
	}
}

static const char *read_flag(struct strbuf *word, const char *text, char escape)
{
	char quote = '\0';

	for (; *text && (quote || !strchr(BLANKS, *text)); text++) {
		if (quote ? *text == quote : *text == '\'' || *text == '"') {
			quote = quote ? '\0' : *text;
			continue;
		}
		if (*text == escape && !*++text)
			break;
		strbuf_add_char(word, *text);
	}
	return text;
}

const char *words_split_flags(struct strvec *flags, const char *text, char escape)
{
	auto_strbuf struct strbuf word = {0};

	text += strspn(text, BLANKS);
	while (strncmp(text, "--", 2) == 0) {
		strbuf_clear(&word);
		text = read_flag(&word, text, escape);
		text += strspn(text, BLANKS);
		if (strcmp(word.text, "--") == 0)
			break;
		strvec_add_n(flags, word.text, word.length);
	}
	return text;
}
