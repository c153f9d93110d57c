/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/interpolate.h"

#include "compose/model/problems.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/strbuf.h"

#include <ctype.h>
#include <string.h>

struct expansion {
	struct interpolation *interpolation;
	struct error *err;
	unsigned depth;
};

/* ${NAME OPERATOR WORD} taken apart; the lengths are within the template. */
struct expression {
	const char *name;
	size_t name_length;
	bool colon;    /* an empty value counts as unset */
	char operator; /* '-', '?', '+', or 0 */
	const char *word;
	size_t word_length;
};

static int expand(struct expansion *expansion, struct strbuf *out, const char *text, size_t length);

static size_t name_length(const char *text, size_t length)
{
	size_t i = 0;

	if (!length || (!isalpha((unsigned char)*text) && *text != '_'))
		return 0;
	while (i < length && (isalnum((unsigned char)text[i]) || text[i] == '_'))
		i++;
	return i;
}

static int invalid(struct error *err)
{
	return error_set(err, ERROR_INVALID, "invalid interpolation format");
}

/* The length of the expression behind "${" without its closing brace; -1: there is none. Any
 * braces count, so that JSON may stand in a default. As in Docker Compose the character behind an
 * opening brace is passed over, whatever it is, and the last brace of the text closes what is not
 * balanced. */
static ssize_t brace_length(const char *text, size_t length)
{
	const char *last;
	size_t open = 1;

	for (size_t i = 1; i < length; i++) {
		if (text[i] == '{') {
			open++;
			i++;
		} else if (text[i] == '}' && --open == 0) {
			return (ssize_t)i;
		}
	}
	last = length ? memrchr(text, '}', length) : NULL;
	return last ? last - text : -1;
}

static bool split_expression(struct expression *expression, const char *text, size_t length)
{
	*expression = (struct expression){.name = text};
	expression->name_length = name_length(text, length);
	if (!expression->name_length)
		return false;
	text += expression->name_length;
	length -= expression->name_length;
	if (!length)
		return true;
	if (*text == ':' && length > 1) {
		expression->colon = true;
		text++;
		length--;
	}
	if (*text != '-' && *text != '?' && *text != '+')
		return false;
	expression->operator= * text;
	expression->word = text + 1;
	expression->word_length = length - 1;
	return true;
}

static int fail_required(struct expansion *expansion, const struct expression *expression)
{
	auto_strbuf struct strbuf message = {0};

	if (expand(expansion, &message, expression->word, expression->word_length) < 0)
		return -1;
	return error_set(expansion->err, ERROR_INVALID,
			 "required variable %.*s is missing a value%s%s",
			 (int)expression->name_length, expression->name, message.length ? ": " : "",
			 strbuf_text(&message));
}

static int add_value(struct expansion *expansion, struct strbuf *out, const char *value)
{
	size_t length = value ? strlen(value) : 0;

	expansion->interpolation->made += length;
	if (expansion->interpolation->made > INTERPOLATE_SIZE_LIMIT)
		return error_set(expansion->err, ERROR_INVALID,
				 "variables make more than %zu bytes of text",
				 INTERPOLATE_SIZE_LIMIT);
	if (length)
		strbuf_add_n(out, value, length);
	return 0;
}

static void warn_unset(const struct interpolation *interpolation, const char *name)
{
	if (interpolation->line)
		log_warning_once("%s:%u: The \"%s\" variable is not set. Defaulting to a blank "
				 "string. To keep the $, write $$ or single quotes",
				 interpolation->file, interpolation->line, name);
	else
		log_warning_once("The \"%s\" variable is not set. Defaulting to a blank string.",
				 name);
}

static int evaluate(struct expansion *expansion, struct strbuf *out,
		    const struct expression *expression)
{
	char name[256];
	const char *value;
	bool is_set;

	if (expression->name_length >= sizeof(name))
		return error_set(expansion->err, ERROR_INVALID,
				 "a variable's name is longer than %zu characters",
				 sizeof(name) - 1);
	memcpy(name, expression->name, expression->name_length);
	name[expression->name_length] = '\0';
	value = expansion->interpolation->lookup(expansion->interpolation->data, name);
	is_set = value && !(expression->colon && !*value);
	switch (expression->operator) {
	case '-':
		if (!is_set)
			return expand(expansion, out, expression->word, expression->word_length);
		break;
	case '?':
		if (!is_set)
			return fail_required(expansion, expression);
		break;
	case '+':
		if (is_set)
			return expand(expansion, out, expression->word, expression->word_length);
		break;
	default:
		if (!value)
			warn_unset(expansion->interpolation, name);
		break;
	}
	return add_value(expansion, out, value);
}

/* At a `$`; returns how much of the text was used, or -1. */
static ssize_t expand_dollar(struct expansion *expansion, struct strbuf *out, const char *text,
			     size_t length)
{
	struct expression expression;
	ssize_t inner;

	if (length > 1 && text[1] == '$') {
		strbuf_add_char(out, '$');
		return 2;
	}
	if (length > 1 && text[1] == '{') {
		inner = brace_length(text + 2, length - 2);
		if (inner < 0 || !split_expression(&expression, text + 2, (size_t)inner))
			return invalid(expansion->err);
		return evaluate(expansion, out, &expression) < 0 ? -1 : inner + 3;
	}
	expression = (struct expression){.name = text + 1};
	expression.name_length = name_length(text + 1, length - 1);
	if (!expression.name_length) {
		strbuf_add_char(out, '$');
		return 1;
	}
	if (evaluate(expansion, out, &expression) < 0)
		return -1;
	return (ssize_t)expression.name_length + 1;
}

static int expand(struct expansion *expansion, struct strbuf *out, const char *text, size_t length)
{
	const char *end = text + length;

	if (expansion->depth >= INTERPOLATE_DEPTH_LIMIT)
		return error_set(expansion->err, ERROR_INVALID,
				 "variables nest deeper than %d levels", INTERPOLATE_DEPTH_LIMIT);
	expansion->depth++;
	while (text < end) {
		const char *dollar = memchr(text, '$', (size_t)(end - text));
		ssize_t used;

		if (!dollar)
			dollar = end;
		strbuf_add_n(out, text, (size_t)(dollar - text));
		text = dollar;
		if (text == end)
			break;
		used = expand_dollar(expansion, out, text, (size_t)(end - text));
		if (used < 0)
			return -1;
		text += used;
	}
	expansion->depth--;
	return 0;
}

int interpolate_text(struct strbuf *out, const char *text, struct interpolation *interpolation,
		     struct error *err)
{
	struct expansion expansion = {.interpolation = interpolation, .err = err};

	return expand(&expansion, out, text, strlen(text));
}

/* ------------------------------------------------------------------ trees */

static void interpolate_scalar(struct walk *walk, struct node *node,
			       struct interpolation *interpolation)
{
	auto_strbuf struct strbuf out = {0};
	struct error err = {0};

	if (node->type != NODE_STRING || !strchr(node->text, '$'))
		return;
	if (interpolate_text(&out, node->text, interpolation, &err) == 0) {
		node->text = arena_string(walk->arena, strbuf_text(&out));
		node->is_interpolated = true;
		return;
	}
	problems_add_path(walk->problems, strbuf_text(&walk->path));
	if (strcmp(err.text, "invalid interpolation format") == 0)
		problem_add_at(walk->problems, node_location(node),
			       "invalid interpolation format for %.300s. You may need to escape "
			       "any $ with another $: \"%.200s\"",
			       strbuf_text(&walk->path), node->text);
	else
		problem_add_at(walk->problems, node_location(node),
			       "error while interpolating %.300s: %s", strbuf_text(&walk->path),
			       err.text);
}

void interpolate_tree(struct walk *walk, struct node *node, struct interpolation *interpolation)
{
	size_t length;

	if (node->kind == NODE_SCALAR) {
		interpolate_scalar(walk, node, interpolation);
		return;
	}
	for (unsigned i = 0; i < node->count; i++) {
		if (node->kind == NODE_MAP) {
			length = walk_enter(walk, node->pairs[i].key);
			interpolate_tree(walk, node->pairs[i].value, interpolation);
		} else {
			length = walk->path.length;
			strbuf_add(&walk->path, "[]");
			interpolate_tree(walk, node->items[i], interpolation);
		}
		walk_leave(walk, length);
	}
}

/* ------------------------------------------------------------------ variables of a text */

static void list_part(const char *text, size_t length, interpolate_found *found, void *data,
		      unsigned depth);

static void list_expression(const struct expression *expression, interpolate_found *found,
			    void *data, unsigned depth)
{
	auto_free char *name = strndup(expression->name, expression->name_length);
	auto_free char *word =
		expression->word ? strndup(expression->word, expression->word_length) : NULL;

	found(data, name, expression->operator== '-' ? word : NULL,
	      expression->operator== '+' ? word : NULL, expression->operator== '?');
	if (word)
		list_part(word, expression->word_length, found, data, depth + 1);
}

static void list_part(const char *text, size_t length, interpolate_found *found, void *data,
		      unsigned depth)
{
	const char *end = text + length;

	if (depth >= INTERPOLATE_DEPTH_LIMIT)
		return;
	while ((text = memchr(text, '$', (size_t)(end - text)))) {
		struct expression expression = {.name = text + 1};
		size_t rest = (size_t)(end - text);
		ssize_t inner;

		if (rest > 1 && text[1] == '$') {
			text += 2;
			continue;
		}
		expression.name_length = name_length(text + 1, rest - 1);
		inner = rest > 1 && text[1] == '{' ? brace_length(text + 2, rest - 2) : -1;
		if (inner >= 0 && split_expression(&expression, text + 2, (size_t)inner)) {
			list_expression(&expression, found, data, depth);
			text += inner + 3;
			continue;
		}
		if (expression.name_length)
			list_expression(&expression, found, data, depth);
		text += 1 + expression.name_length;
	}
}

void interpolate_list(const char *text, interpolate_found *found, void *data)
{
	list_part(text, strlen(text), found, data, 0);
}
