/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions of templates: what stands between {{ and }}, but for the keywords.
 */
#include "describe/template_private.h"

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct expr *new_expr(struct template_reader *reader, enum expr_kind kind)
{
	struct expr *expr = arena_alloc(reader->arena, sizeof(*expr));

	expr->kind = kind;
	expr->place.text = expr->place.at = reader->at;
	return expr;
}

static void add_item(struct template_reader *reader, struct expr *expr, struct expr *item)
{
	expr->items = arena_grow(reader->arena, expr->items, expr->item_count, sizeof(item));
	expr->items[expr->item_count++] = item;
}

/* ".A.B" behind a value; the first one may follow a dot that is already taken. */
static int read_fields(struct template_reader *reader, struct expr *expr, bool after_dot)
{
	for (;; after_dot = false) {
		const char *dot = after_dot ? reader->at - 1 : reader->at;
		size_t length;

		if (!after_dot && !template_take(reader, "."))
			return 0;
		length = template_word_length(reader);
		if (length == 0 && after_dot)
			return 0;
		if (length == 0)
			return template_fail(reader, "unexpected <.> in operand");
		expr->fields = arena_grow(reader->arena, expr->fields, expr->field_count,
					  sizeof(*expr->fields));
		expr->fields[expr->field_count++] =
			arena_string_n(reader->arena, reader->at, length);
		reader->at += length;
		/* Go's messages count from the second one. */
		if (expr->field_count == 2 || (expr->field_count == 1 && !after_dot))
			expr->place.at = dot;
	}
}

static struct expr *read_string(struct template_reader *reader, char quote)
{
	struct expr *expr = new_expr(reader, EXPR_STRING);

	reader->at++;
	expr->text = template_read_string(reader, quote);
	return expr->text ? expr : NULL;
}

/* 'a' is its number. */
static struct expr *read_character(struct template_reader *reader)
{
	struct expr *expr = new_expr(reader, EXPR_NUMBER);
	const char *text;
	uint32_t code;

	reader->at++;
	text = template_read_string(reader, '\'');
	if (!text)
		return NULL;
	if (!*text || utf8_decode(text, strlen(text), &code) != strlen(text)) {
		template_fail(reader, "malformed character constant: '%s'", text);
		return NULL;
	}
	expr->number = code;
	return expr;
}

/* Go's: signs, 0x10, 0b1, 0o7, 1_000, 1.5e3. */
static struct expr *read_number(struct template_reader *reader)
{
	struct expr *expr = new_expr(reader, EXPR_NUMBER);
	char digits[64], *end, *from = digits;
	size_t length = 0;
	int base = 10;

	for (; reader->at < reader->end && length + 1 < sizeof(digits); reader->at++) {
		char c = *reader->at, last = length ? digits[length - 1] : '\0';
		bool is_sign = (c == '-' || c == '+') &&
			       (length == 0 || ((last == 'e' || last == 'E') && digits[1] != 'x'));

		if (!is_sign && !isalnum((unsigned char)c) && c != '.' && c != '_')
			break;
		if (c != '_')
			digits[length++] = c;
	}
	digits[length] = '\0';
	from += *from == '-' || *from == '+';
	if (from[0] == '0' && (from[1] == 'b' || from[1] == 'o'))
		base = from[1] == 'b' ? 2 : 8;
	errno = 0;
	expr->number = base == 10 ? strtod(digits, &end) : (double)strtoll(from + 2, &end, base);
	if (base != 10 && *digits == '-')
		expr->number = -expr->number;
	if (*end || end == digits || errno || expr->number > 9e15 || expr->number < -9e15 ||
	    expr->number != expr->number) {
		template_fail(reader, "bad number syntax: \"%s\"", digits);
		return NULL;
	}
	if (strchr(from, '.') || (from[1] != 'x' && strpbrk(from, "eE") && strchr(from, '-')))
		expr->kind = EXPR_FRACTION;
	return expr;
}

static struct expr *read_group(struct template_reader *reader)
{
	struct expr *expr = template_read_pipe(reader, "parenthesized pipeline");

	if (!expr)
		return NULL;
	if (!template_take(reader, ")")) {
		template_fail(reader, "unclosed left paren");
		return NULL;
	}
	return read_fields(reader, expr, false) < 0 ? NULL : expr;
}

static struct expr *read_name(struct template_reader *reader)
{
	struct expr *expr;
	size_t length = template_word_length(reader);

	expr = new_expr(reader, EXPR_BOOL);
	if (template_take_word(reader, "true") || template_take_word(reader, "false")) {
		expr->number = length == 4;
		return expr;
	}
	expr->kind = EXPR_NIL;
	if (template_take_word(reader, "nil"))
		return expr;
	expr->kind = EXPR_CALL;
	expr->function = template_find_function(reader->at, length);
	if (!expr->function) {
		template_fail(reader, "function \"%.*s\" not defined", (int)length, reader->at);
		return NULL;
	}
	reader->at += length;
	return expr;
}

static struct expr *read_variable(struct template_reader *reader)
{
	struct expr *expr = new_expr(reader, EXPR_VARIABLE);
	size_t length;

	reader->at++;
	length = template_word_length(reader);
	expr->text = arena_string_n(reader->arena, reader->at, length);
	reader->at += length;
	if (!template_has_variable(reader, expr->text)) {
		template_fail(reader, "undefined variable \"$%s\"", expr->text);
		return NULL;
	}
	return read_fields(reader, expr, false) < 0 ? NULL : expr;
}

/* Of any kind; @c is its first character. */
static struct expr *read_any(struct template_reader *reader, char c)
{
	struct expr *expr;

	if (c == '"' || c == '`')
		return read_string(reader, c);
	if (c == '\'')
		return read_character(reader);
	if (c == '$')
		return read_variable(reader);
	if (isdigit((unsigned char)c) || c == '-' || c == '+')
		return read_number(reader);
	if (c == '.') {
		expr = new_expr(reader, EXPR_DOT);
		reader->at++;
		return read_fields(reader, expr, true) < 0 ? NULL : expr;
	}
	if (template_take(reader, "("))
		return read_group(reader);
	if (template_word_length(reader))
		return read_name(reader);
	template_fail(reader, "unexpected \"%.1s\" in operand", reader->at);
	return NULL;
}

static struct expr *read_operand(struct template_reader *reader)
{
	const char *start = reader->at;
	struct expr *expr = read_any(reader, *reader->at);

	if (expr) {
		expr->place.text = start;
		expr->place.length = (size_t)(reader->at - start);
	}
	return expr;
}

static bool at_command_end(struct template_reader *reader)
{
	template_skip_blanks(reader);
	return reader->at >= reader->end || *reader->at == '|' || *reader->at == ')';
}

/* A function with its arguments, or a value (with arguments: a method). */
static struct expr *read_command(struct template_reader *reader, const char *what)
{
	struct expr *call, *operand;
	const char *start;

	if (at_command_end(reader)) {
		template_fail(reader, "missing value for %s", what);
		return NULL;
	}
	start = reader->at;
	operand = read_operand(reader);
	if (!operand)
		return NULL;
	call = operand;
	if (operand->kind != EXPR_CALL) {
		call = new_expr(reader, EXPR_CALL);
		add_item(reader, call, operand);
	}
	call->place = (struct template_place){start, (size_t)(reader->at - start), start};
	while (!at_command_end(reader)) {
		operand = read_operand(reader);
		if (!operand)
			return NULL;
		if (call->item_count + 1 >= TEMPLATE_MOST_ARG) {
			template_fail(reader, "too many arguments");
			return NULL;
		}
		add_item(reader, call, operand);
		call->place.length = (size_t)(reader->at - start);
	}
	return call;
}

struct expr *template_read_pipe(struct template_reader *reader, const char *what)
{
	struct expr *pipe = new_expr(reader, EXPR_PIPE);

	if (++reader->scope->depth > TEMPLATE_DEEPEST) {
		template_fail(reader, "nested too deeply");
		return NULL;
	}
	do {
		struct expr *command = read_command(reader, pipe->item_count ? "command" : what);

		if (!command)
			return NULL;
		add_item(reader, pipe, command);
		pipe->place = command->place;
	} while (template_take(reader, "|"));
	reader->scope->depth--;
	return pipe;
}
