/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of templates: where actions begin and end, strings, and what is said of mistakes.
 */
#include "describe/template_private.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"

#include <ctype.h>
#include <string.h>

int template_fail(struct template_reader *reader, const char *format, ...)
{
	const struct template_scope *scope = reader->scope;
	size_t line = 1;
	va_list args;
	auto_free char *text = NULL;

	va_start(args, format);
	text = alloc_vformat(format, args);
	va_end(args);
	for (const char *c = scope->text; c < reader->at; c++)
		line += *c == '\n';
	error_set(scope->err, ERROR_INVALID, "template parsing error: template: :%zu: %s", line,
		  text);
	return error_state(scope->err, FACT_OF_CLIENT, NULL, NULL);
}

void template_skip_blanks(struct template_reader *reader)
{
	while (reader->at < reader->end && isspace((unsigned char)*reader->at))
		reader->at++;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

size_t template_word_length(const struct template_reader *reader)
{
	const char *p = reader->at;

	while (p < reader->end && is_word(*p))
		p++;
	return (size_t)(p - reader->at);
}

bool template_take(struct template_reader *reader, const char *text)
{
	size_t length = strlen(text);

	if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, text, length) != 0)
		return false;
	reader->at += length;
	return true;
}

bool template_take_word(struct template_reader *reader, const char *word)
{
	return template_word_length(reader) == strlen(word) && template_take(reader, word);
}

bool template_has_variable(const struct template_reader *reader, const char *name)
{
	const struct template_scope *scope = reader->scope;

	for (size_t i = 0; i < scope->variable_count; i++)
		if (strcmp(scope->variables[i], name) == 0)
			return true;
	return !*name;
}

/* ---- strings ---- */

/* Digits of a number of the given base, at most @most of them. */
static uint32_t read_code(struct template_reader *reader, unsigned base, size_t most)
{
	static const char digits[] = "0123456789abcdef";
	uint32_t code = 0;

	for (; most > 0 && reader->at < reader->end; most--, reader->at++) {
		const char *digit = strchr(digits, tolower((unsigned char)*reader->at));

		if (!*reader->at || !digit || digit >= digits + base)
			break;
		code = code * base + (uint32_t)(digit - digits);
	}
	return code;
}

static void add_character(struct strbuf *out, uint32_t code)
{
	static const unsigned char leads[] = {0, 0xc0, 0xe0, 0xf0};
	int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;

	strbuf_add_char(out, (char)(leads[more] | (code >> (6 * more))));
	while (more-- > 0)
		strbuf_add_char(out, (char)(0x80 | ((code >> (6 * more)) & 0x3f)));
}

/* Behind the backslash. */
static void read_escape(struct template_reader *reader, struct strbuf *text)
{
	static const char from[] = "abfnrtv", to[] = "\a\b\f\n\r\t\v";
	char c = *reader->at;
	const char *found = c ? strchr(from, c) : NULL;

	if (c >= '0' && c <= '7') {
		strbuf_add_char(text, (char)read_code(reader, 8, 3));
		return;
	}
	reader->at++;
	if (c == 'x')
		strbuf_add_char(text, (char)read_code(reader, 16, 2));
	else if (c == 'u' || c == 'U')
		add_character(text, read_code(reader, 16, c == 'u' ? 4 : 8) & 0x1fffff);
	else
		strbuf_add_char(text, found ? to[found - from] : c);
}

const char *template_read_string(struct template_reader *reader, char quote)
{
	auto_strbuf struct strbuf text = {0};

	while (reader->at < reader->end && *reader->at != quote) {
		if (*reader->at == '\\' && quote != '`' && reader->at + 1 < reader->end) {
			reader->at++;
			read_escape(reader, &text);
		} else {
			strbuf_add_char(&text, *reader->at++);
		}
	}
	if (reader->at >= reader->end) {
		template_fail(reader, "unterminated quoted string");
		return NULL;
	}
	reader->at++;
	return arena_string(reader->arena, strbuf_text(&text));
}

/* ---- actions ---- */

/* Behind the quote that ends the constant; NULL: it does not end. */
static const char *skip_constant(const char *at, const char *end)
{
	char quote = *at;

	for (at++; at < end; at++) {
		if (*at == quote)
			return at + 1;
		if (*at == '\n' && quote != '`')
			return NULL;
		if (*at == '\\' && quote != '`')
			at++;
	}
	return NULL;
}

static const char *find_end(struct template_reader *reader, const char *at)
{
	while (at + 1 < reader->end && (at[0] != '}' || at[1] != '}')) {
		if (*at != '"' && *at != '`' && *at != '\'') {
			at++;
			continue;
		}
		at = skip_constant(at, reader->end);
		if (!at) {
			template_fail(reader, "unterminated quoted string");
			return NULL;
		}
	}
	if (at + 1 < reader->end)
		return at;
	template_fail(reader, "unclosed action");
	return NULL;
}

/* At the braces that end the action, or at the blank and the minus before them. */
static const char *find_comment_end(struct template_reader *reader, const char *at)
{
	const char *close = memmem(at + 2, (size_t)(reader->end - at - 2), "*/", 2);

	at = close ? close + 2 : NULL;
	while (at && at < reader->end && (isspace((unsigned char)*at) || *at == '-'))
		at++;
	if (at && reader->end - at > 1 && memcmp(at, "}}", 2) == 0)
		return at;
	template_fail(reader, close ? "comment ends before closing delimiter" : "unclosed comment");
	return NULL;
}

int template_find_action(struct template_reader *reader, struct template_action *action)
{
	const char *at = reader->at, *first;

	if (reader->end - at > 1 && *at == '-' && isspace((unsigned char)at[1]))
		at++;
	action->start = first = at;
	while (first < reader->end && isspace((unsigned char)*first))
		first++;
	action->is_comment = reader->end - first > 1 && memcmp(first, "/*", 2) == 0;
	at = action->is_comment ? find_comment_end(reader, first) : find_end(reader, at);
	if (!at)
		return -1;
	action->end = at;
	action->next = at + 2;
	if (at - action->start > 1 && at[-1] == '-' && isspace((unsigned char)at[-2])) {
		action->end = at - 1;
		while (action->next < reader->end && isspace((unsigned char)*action->next))
			action->next++;
	}
	return 0;
}
