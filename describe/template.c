/* SPDX-License-Identifier: Apache-2.0 */
#include "describe/template.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "describe/template_private.h"

#include <ctype.h>
#include <string.h>

/* Reading: text outside, then one action at a time, each a list of tokens scanned on the way. */
struct reader {
	struct arena *arena;
	const char *at, *end; /* within the action, or the whole text */
	unsigned depth;
	struct error *err;
};

enum stop { STOP_END, STOP_ELSE, STOP_TEXT_END };

static int fail(struct reader *reader, const char *what)
{
	int length = (int)(reader->end - reader->at > 20 ? 20 : reader->end - reader->at);

	return error_set(reader->err, ERROR_INVALID, "template: %s at '%.*s'", what, length,
			 reader->at);
}

static void skip_blanks(struct reader *reader)
{
	while (reader->at < reader->end && isspace((unsigned char)*reader->at))
		reader->at++;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static size_t word_length(const struct reader *reader)
{
	const char *p = reader->at;

	while (p < reader->end && is_word(*p))
		p++;
	return (size_t)(p - reader->at);
}

static bool take(struct reader *reader, const char *text)
{
	size_t length = strlen(text);

	if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, text, length) != 0)
		return false;
	reader->at += length;
	return true;
}

/* A keyword: not the beginning of a longer word. */
static bool take_word(struct reader *reader, const char *word)
{
	if (word_length(reader) != strlen(word))
		return false;
	return take(reader, word);
}

static struct expr *new_expr(struct reader *reader, enum expr_kind kind)
{
	struct expr *expr = arena_alloc(reader->arena, sizeof(*expr));

	expr->kind = kind;
	return expr;
}

static void add_item(struct reader *reader, struct expr *expr, struct expr *item)
{
	expr->items = arena_grow(reader->arena, expr->items, expr->item_count, sizeof(item));
	expr->items[expr->item_count++] = item;
}

/* ".A.B" behind a value; the first one may follow a dot that is already taken. */
static void read_fields(struct reader *reader, struct expr *expr, bool after_dot)
{
	for (;;) {
		size_t length;

		if (!after_dot && !take(reader, "."))
			return;
		after_dot = false;
		length = word_length(reader);
		if (length == 0)
			return;
		expr->fields = arena_grow(reader->arena, expr->fields, expr->field_count,
					  sizeof(*expr->fields));
		expr->fields[expr->field_count++] =
			arena_string_n(reader->arena, reader->at, length);
		reader->at += length;
	}
}

static char unescape(char c)
{
	static const char from[] = "ntr", to[] = "\n\t\r";
	const char *found = strchr(from, c);

	return c && found ? to[found - from] : c;
}

static struct expr *read_string(struct reader *reader, char quote)
{
	auto_strbuf struct strbuf text = {0};
	struct expr *expr = new_expr(reader, EXPR_STRING);

	for (; reader->at < reader->end && *reader->at != quote; reader->at++) {
		char c = *reader->at;

		if (c == '\\' && quote == '"' && reader->at + 1 < reader->end)
			c = unescape(*++reader->at);
		strbuf_add_char(&text, c);
	}
	if (reader->at >= reader->end) {
		fail(reader, "the string does not end");
		return NULL;
	}
	reader->at++;
	expr->text = arena_string(reader->arena, strbuf_text(&text));
	return expr;
}

static struct expr *read_number(struct reader *reader)
{
	struct expr *expr = new_expr(reader, EXPR_NUMBER);
	const char *start = reader->at;
	bool negative = take(reader, "-");
	size_t length = word_length(reader);
	uint64_t value;
	auto_free char *digits = alloc_string_n(reader->at, length);

	if (units_parse_u64(&value, digits, NULL) < 0 || value > ((uint64_t)1 << 53)) {
		reader->at = start;
		fail(reader, "not a number");
		return NULL;
	}
	reader->at += length;
	expr->number = negative ? -(double)value : (double)value;
	return expr;
}

static struct expr *read_pipe(struct reader *reader);

static struct expr *read_group(struct reader *reader)
{
	struct expr *expr = read_pipe(reader);

	if (!expr)
		return NULL;
	if (!take(reader, ")")) {
		fail(reader, "a ')' is missing");
		return NULL;
	}
	read_fields(reader, expr, false);
	return expr;
}

static struct expr *read_name(struct reader *reader)
{
	struct expr *expr;
	size_t length = word_length(reader);

	if (take_word(reader, "true") || take_word(reader, "false")) {
		expr = new_expr(reader, EXPR_BOOL);
		expr->number = length == 4;
		return expr;
	}
	if (take_word(reader, "nil"))
		return new_expr(reader, EXPR_NIL);
	expr = new_expr(reader, EXPR_CALL);
	expr->function = template_find_function(reader->at, length);
	if (!expr->function) {
		fail(reader, "unknown function");
		return NULL;
	}
	reader->at += length;
	return expr;
}

/* NULL without error: there is no operand here. */
static struct expr *read_operand(struct reader *reader)
{
	struct expr *expr;
	char c = reader->at < reader->end ? *reader->at : '\0';

	if (c == '"' || c == '`') {
		reader->at++;
		return read_string(reader, c);
	}
	if (take(reader, "("))
		return read_group(reader);
	if (take(reader, ".")) {
		expr = new_expr(reader, EXPR_DOT);
		read_fields(reader, expr, true);
		return expr;
	}
	if (take(reader, "$")) {
		size_t length = word_length(reader);

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
	fail(reader, "a value is expected");
	return NULL;
}

static bool at_command_end(struct reader *reader)
{
	skip_blanks(reader);
	return reader->at >= reader->end || *reader->at == '|' || *reader->at == ')';
}

/* A function with its arguments, or a value (with arguments: a method). */
static struct expr *read_command(struct reader *reader)
{
	struct expr *call, *operand;

	skip_blanks(reader);
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
			fail(reader, "too many arguments");
			return NULL;
		}
		add_item(reader, call, operand);
	}
	return call;
}

static struct expr *read_pipe(struct reader *reader)
{
	struct expr *pipe = new_expr(reader, EXPR_PIPE);

	if (++reader->depth > TEMPLATE_DEEPEST) {
		fail(reader, "nested too deeply");
		return NULL;
	}
	do {
		struct expr *command = read_command(reader);

		if (!command)
			return NULL;
		add_item(reader, pipe, command);
	} while (take(reader, "|"));
	reader->depth--;
	return pipe;
}

/* "$x :=", "$i, $v :=", "$x =": without them nothing is taken. */
static void read_names(struct reader *reader, struct template_node *node)
{
	const char *start = reader->at;
	size_t count = 0;

	do {
		size_t length;

		skip_blanks(reader);
		if (!take(reader, "$"))
			break;
		length = word_length(reader);
		node->names[count++] = arena_string_n(reader->arena, reader->at, length);
		reader->at += length;
		skip_blanks(reader);
	} while (count < 2 && take(reader, ","));
	node->is_new = count > 0 && take(reader, ":=");
	if (node->is_new || (count > 0 && take(reader, "=")))
		return;
	node->names[0] = node->names[1] = NULL;
	reader->at = start;
}

static int read_action_pipe(struct reader *reader, struct template_node *node)
{
	skip_blanks(reader);
	read_names(reader, node);
	node->pipe = read_pipe(reader);
	if (!node->pipe)
		return -1;
	return reader->at < reader->end ? fail(reader, "unexpected text") : 0;
}

/* From behind "{{" to "}}": the bounds of the action; trims the text around as the markers say. */
struct action {
	const char *start, *end, *next;
};

static int find_action(struct reader *reader, struct action *action)
{
	const char *at = reader->at;
	char quote = '\0';

	if (reader->end - at > 1 && *at == '-' && isspace((unsigned char)at[1]))
		at++;
	action->start = at;
	while (at < reader->end && isspace((unsigned char)*at))
		at++;
	if (reader->end - at > 1 && memcmp(at, "/*", 2) == 0) {
		const char *close = memmem(at + 2, (size_t)(reader->end - at - 2), "*/", 2);

		at = close ? close + 2 : reader->end;
	}
	for (; at + 1 < reader->end; at++) {
		if (quote) {
			if (*at == '\\' && quote == '"')
				at++;
			else if (*at == quote)
				quote = '\0';
		} else if (*at == '"' || *at == '`') {
			quote = *at;
		} else if (at[0] == '}' && at[1] == '}') {
			break;
		}
	}
	if (at + 1 >= reader->end)
		return fail(reader, "'}}' is missing");
	action->end = at;
	action->next = at + 2;
	if (at - action->start > 1 && at[-1] == '-' && isspace((unsigned char)at[-2])) {
		action->end = at - 1;
		while (action->next < reader->end && isspace((unsigned char)*action->next))
			action->next++;
	}
	return 0;
}

static int read_list(struct reader *reader, struct template_node **list, enum stop *stop,
		     struct reader *behind_else);

/* The body of if, range, with, and what stands behind its else. */
static int read_block(struct reader *text, struct reader *inner, struct template_node *node)
{
	struct reader behind = {0};
	enum stop stop;

	if (read_action_pipe(inner, node) < 0 || ++text->depth > TEMPLATE_DEEPEST)
		return text->depth > TEMPLATE_DEEPEST ? fail(text, "nested too deeply") : -1;
	if (read_list(text, &node->body, &stop, &behind) < 0)
		return -1;
	if (stop == STOP_TEXT_END)
		return fail(text, "'{{end}}' is missing");
	text->depth--;
	if (stop == STOP_END)
		return 0;
	skip_blanks(&behind);
	if (take_word(&behind, "if")) { /* else if: a block of its own that shares the end */
		node->otherwise = arena_alloc(text->arena, sizeof(*node));
		node->otherwise->kind = NODE_IF;
		text->depth++;
		if (read_block(text, &behind, node->otherwise) < 0)
			return -1;
		text->depth--;
		return 0;
	}
	if (read_list(text, &node->otherwise, &stop, NULL) < 0)
		return -1;
	return stop == STOP_END ? 0 : fail(text, "'{{end}}' is missing");
}

static const struct {
	const char *word;
	enum node_kind kind;
} blocks[] = {{"if", NODE_IF}, {"range", NODE_RANGE}, {"with", NODE_WITH}};

static int read_action(struct reader *text, struct reader *inner, struct template_node *node)
{
	for (size_t i = 0; i < array_length(blocks); i++) {
		if (take_word(inner, blocks[i].word)) {
			node->kind = blocks[i].kind;
			return read_block(text, inner, node);
		}
	}
	node->kind = NODE_PRINT;
	if (read_action_pipe(inner, node) < 0)
		return -1;
	if (node->names[0])
		node->kind = NODE_SET;
	return node->names[1] ? fail(inner, "two variables are for range") : 0;
}

/* Text up to the next action: "\t" and "\n" are what they say. */
static struct template_node *text_node(struct reader *reader, const char *start, const char *end)
{
	struct template_node *node = arena_alloc(reader->arena, sizeof(*node));
	char *copy = arena_alloc(reader->arena, (size_t)(end - start) + 1);

	node->kind = NODE_TEXT;
	node->text = copy;
	for (; start < end; start++) {
		if (*start == '\\' && start + 1 < end && (start[1] == 't' || start[1] == 'n'))
			copy[node->length++] = unescape(*++start);
		else
			copy[node->length++] = *start;
	}
	return node;
}

static const char *find_open(const struct reader *reader)
{
	const char *open = memmem(reader->at, (size_t)(reader->end - reader->at), "{{", 2);

	return open ? open : reader->end;
}

static void append(struct template_node ***end, struct template_node *node)
{
	**end = node;
	*end = &node->next;
}

static int read_list(struct reader *reader, struct template_node **list, enum stop *stop,
		     struct reader *behind_else)
{
	struct template_node **end = list;

	for (;;) {
		const char *open = find_open(reader), *text_end = open;
		struct reader inner = *reader;
		struct action action = {0};
		struct template_node *node;

		if (reader->end - open > 3 && open[2] == '-' && isspace((unsigned char)open[3]))
			while (text_end > reader->at && isspace((unsigned char)text_end[-1]))
				text_end--;
		if (text_end > reader->at)
			append(&end, text_node(reader, reader->at, text_end));
		reader->at = open;
		*stop = STOP_TEXT_END;
		if (open == reader->end)
			return 0;
		reader->at += 2;
		if (find_action(reader, &action) < 0)
			return -1;
		inner.at = action.start;
		inner.end = action.end;
		reader->at = action.next;
		skip_blanks(&inner);
		if (take(&inner, "/*"))
			continue;
		*stop = STOP_END;
		if (take_word(&inner, "end"))
			return 0;
		*stop = STOP_ELSE;
		if (take_word(&inner, "else")) {
			if (behind_else)
				*behind_else = inner;
			return 0;
		}
		node = arena_alloc(reader->arena, sizeof(*node));
		if (read_action(reader, &inner, node) < 0)
			return -1;
		append(&end, node);
	}
}

struct template *template_parse(const char *text, struct error *err)
{
	struct template *template = alloc_zeroed(1, sizeof(*template));
	struct reader reader = {
		.arena = &template->arena,
		.at = arena_string(&template->arena, text),
		.err = err,
	};
	enum stop stop;

	reader.end = reader.at + strlen(reader.at);
	if (read_list(&reader, &template->nodes, &stop, NULL) == 0) {
		if (stop == STOP_TEXT_END)
			return template;
		fail(&reader, "'{{end}}' or '{{else}}' without a beginning before");
	}
	template_free(template);
	return NULL;
}

void template_free(struct template *template)
{
	if (!template)
		return;
	arena_release(&template->arena);
	free(template);
}
