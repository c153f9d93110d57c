/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions of templates: what stands between {{ and }}, but for the keywords.
 */
#include "describe/template_private.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/units.h"

#include <ctype.h>
#include <string.h>

int template_fail(struct template_reader *reader, const char *what)
{
	int length = (int)(reader->end - reader->at > 20 ? 20 : reader->end - reader->at);

	return error_set(reader->err, ERROR_INVALID, "template: %s at '%.*s'", what, length,
			 reader->at);
}

void template_skip_blanks(struct template_reader *reader)
{
	while (reader->at < reader->end && isspace((unsigned char)*reader->at))
		reader->at++;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
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
	if (template_word_length(reader) != strlen(word))
		return false;
	return template_take(reader, word);
}

static struct expr *new_expr(struct template_reader *reader, enum expr_kind kind)
{
	struct expr *expr = arena_alloc(reader->arena, sizeof(*expr));

	expr->kind = kind;
	return expr;
}

static void add_item(struct template_reader *reader, struct expr *expr, struct expr *item)
{
	expr->items = arena_grow(reader->arena, expr->items, expr->item_count, sizeof(item));
	expr->items[expr->item_count++] = item;
}

/* ".A.B" behind a value; the first one may follow a dot that is already taken. */
static void read_fields(struct template_reader *reader, struct expr *expr, bool after_dot)
{
	for (;;) {
		size_t length;

		if (!after_dot && !template_take(reader, "."))
			return;
		after_dot = false;
		length = template_word_length(reader);
		if (length == 0)
			return;
		expr->fields = arena_grow(reader->arena, expr->fields, expr->field_count,
					  sizeof(*expr->fields));
		expr->fields[expr->field_count++] =
			arena_string_n(reader->arena, reader->at, length);
		reader->at += length;
	}
}

char template_unescape(char c)
{
	static const char from[] = "ntr", to[] = "\n\t\r";
	const char *found = strchr(from, c);

	return c && found ? to[found - from] : c;
}

static struct expr *read_string(struct template_reader *reader, char quote)
{
	auto_strbuf struct strbuf text = {0};
	struct expr *expr = new_expr(reader, EXPR_STRING);

	for (; reader->at < reader->end && *reader->at != quote; reader->at++) {
		char c = *reader->at;

		if (c == '\\' && quote == '"' && reader->at + 1 < reader->end)
			c = template_unescape(*++reader->at);
		strbuf_add_char(&text, c);
	}
	if (reader->at >= reader->end) {
		template_fail(reader, "the string does not end");
		return NULL;
	}
	reader->at++;
	expr->text = arena_string(reader->arena, strbuf_text(&text));
	return expr;
}

static struct expr *read_number(struct template_reader *reader)
{
	struct expr *expr = new_expr(reader, EXPR_NUMBER);
	const char *start = reader->at;
	bool negative = template_take(reader, "-");
	size_t length = template_word_length(reader);
	uint64_t value;
	auto_free char *digits = alloc_string_n(reader->at, length);

	if (units_parse_u64(&value, digits, NULL) < 0 || value > ((uint64_t)1 << 53)) {
		reader->at = start;
		template_fail(reader, "not a number");
		return NULL;
	}
	reader->at += length;
	expr->number = negative ? -(double)value : (double)value;
	return expr;
}

static struct expr *read_group(struct template_reader *reader)
{
	struct expr *expr = template_read_pipe(reader);

	if (!expr)
		return NULL;
	if (!template_take(reader, ")")) {
		template_fail(reader, "a ')' is missing");
		return NULL;
	}
	read_fields(reader, expr, false);
	return expr;
}

static struct expr *read_name(struct template_reader *reader)
{
	struct expr *expr;
	size_t length = template_word_length(reader);

	if (template_take_word(reader, "true") || template_take_word(reader, "false")) {
		expr = new_expr(reader, EXPR_BOOL);
		expr->number = length == 4;
		return expr;
	}
	if (template_take_word(reader, "nil"))
		return new_expr(reader, EXPR_NIL);
	expr = new_expr(reader, EXPR_CALL);
	expr->function = template_find_function(reader->at, length);
	if (!expr->function) {
		template_fail(reader, "unknown function");
		return NULL;
	}
	reader->at += length;
	return expr;
}

/* NULL without error: there is no operand here. */
static struct expr *read_operand(struct template_reader *reader)
{
	struct expr *expr;
	char c = reader->at < reader->end ? *reader->at : '\0';

	if (c == '"' || c == '`') {
		reader->at++;
		return read_string(reader, c);
	}
	if (template_take(reader, "("))
		return read_group(reader);
	if (template_take(reader, ".")) {
		expr = new_expr(reader, EXPR_DOT);
		read_fields(reader, expr, true);
		return expr;
	}
	if (template_take(reader, "$")) {
		size_t length = template_word_length(reader);

		expr = new_expr(reader, EXPR_VARIABLE);
		expr->text = arena_string_n(reader->arena, reader->at, length);
		reader->at += length;
		read_fields(reader, expr, false);
		return expr;
	}
	if (isdigit((unsigned char)c) || c == '-')
		return read_number(reader);
	if (is_word(c))
		return read_name(reader);
	template_fail(reader, "a value is expected");
	return NULL;
}

static bool at_command_end(struct template_reader *reader)
{
	template_skip_blanks(reader);
	return reader->at >= reader->end || *reader->at == '|' || *reader->at == ')';
}

/* A function with its arguments, or a value (with arguments: a method). */
static struct expr *read_command(struct template_reader *reader)
{
	struct expr *call, *operand;

	template_skip_blanks(reader);
	operand = read_operand(reader);
	if (!operand)
		return NULL;
	call = operand;
	if (operand->kind != EXPR_CALL) {
		call = new_expr(reader, EXPR_CALL);
		add_item(reader, call, operand);
	}
	while (!at_command_end(reader)) {
		operand = read_operand(reader);
		if (!operand)
			return NULL;
		if (call->item_count + 1 >= TEMPLATE_MOST_ARG) {
			template_fail(reader, "too many arguments");
			return NULL;
		}
		add_item(reader, call, operand);
	}
	return call;
}

struct expr *template_read_pipe(struct template_reader *reader)
{
	struct expr *pipe = new_expr(reader, EXPR_PIPE);

	if (++reader->depth > TEMPLATE_DEEPEST) {
		template_fail(reader, "nested too deeply");
		return NULL;
	}
	do {
		struct expr *command = read_command(reader);

		if (!command)
			return NULL;
		add_item(reader, pipe, command);
	} while (template_take(reader, "|"));
	reader->depth--;
	return pipe;
}
