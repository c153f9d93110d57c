/* SPDX-License-Identifier: Apache-2.0 */
#include "describe/template.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "describe/template_private.h"

#include <ctype.h>
#include <string.h>

enum stop { STOP_END, STOP_ELSE, STOP_TEXT_END };

/* "$x :=", "$i, $v :=", "$x =": without them nothing is taken. */
static void read_names(struct template_reader *reader, struct template_node *node)
{
	const char *start = reader->at;
	size_t count = 0;

	do {
		size_t length;

		template_skip_blanks(reader);
		if (!template_take(reader, "$"))
			break;
		length = template_word_length(reader);
		node->names[count++] = arena_string_n(reader->arena, reader->at, length);
		reader->at += length;
		template_skip_blanks(reader);
	} while (count < 2 && template_take(reader, ","));
	node->is_new = count > 0 && template_take(reader, ":=");
	if (node->is_new || (count > 0 && template_take(reader, "=")))
		return;
	node->names[0] = node->names[1] = NULL;
	reader->at = start;
}

static int read_action_pipe(struct template_reader *reader, struct template_node *node)
{
	template_skip_blanks(reader);
	read_names(reader, node);
	node->pipe = template_read_pipe(reader);
	if (!node->pipe)
		return -1;
	return reader->at < reader->end ? template_fail(reader, "unexpected text") : 0;
}

/* From behind "{{" to "}}": the bounds of the action; trims the text around as the markers say. */
struct action {
	const char *start, *end, *next;
};

static int find_action(struct template_reader *reader, struct action *action)
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
		return template_fail(reader, "'}}' is missing");
	action->end = at;
	action->next = at + 2;
	if (at - action->start > 1 && at[-1] == '-' && isspace((unsigned char)at[-2])) {
		action->end = at - 1;
		while (action->next < reader->end && isspace((unsigned char)*action->next))
			action->next++;
	}
	return 0;
}

static int read_list(struct template_reader *reader, struct template_node **list, enum stop *stop,
		     struct template_reader *behind_else);

/* The body of if, range, with, and what stands behind its else. */
static int read_block(struct template_reader *text, struct template_reader *inner,
		      struct template_node *node)
{
	struct template_reader behind = {0};
	enum stop stop;

	if (read_action_pipe(inner, node) < 0 || ++text->depth > TEMPLATE_DEEPEST)
		return text->depth > TEMPLATE_DEEPEST ? template_fail(text, "nested too deeply")
						      : -1;
	if (read_list(text, &node->body, &stop, &behind) < 0)
		return -1;
	if (stop == STOP_TEXT_END)
		return template_fail(text, "'{{end}}' is missing");
	text->depth--;
	if (stop == STOP_END)
		return 0;
	template_skip_blanks(&behind);
	if (template_take_word(&behind,
			       "if")) { /* else if: a block of its own that shares the end */
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
	return stop == STOP_END ? 0 : template_fail(text, "'{{end}}' is missing");
}

static const struct {
	const char *word;
	enum node_kind kind;
} blocks[] = {{"if", NODE_IF}, {"range", NODE_RANGE}, {"with", NODE_WITH}};

static int read_action(struct template_reader *text, struct template_reader *inner,
		       struct template_node *node)
{
	for (size_t i = 0; i < array_length(blocks); i++) {
		if (template_take_word(inner, blocks[i].word)) {
			node->kind = blocks[i].kind;
			return read_block(text, inner, node);
		}
	}
	node->kind = NODE_PRINT;
	if (read_action_pipe(inner, node) < 0)
		return -1;
	if (node->names[0])
		node->kind = NODE_SET;
	return node->names[1] ? template_fail(inner, "two variables are for range") : 0;
}

/* Text up to the next action: "\t" and "\n" are what they say. */
static struct template_node *text_node(struct template_reader *reader, const char *start,
				       const char *end)
{
	struct template_node *node = arena_alloc(reader->arena, sizeof(*node));
	char *copy = arena_alloc(reader->arena, (size_t)(end - start) + 1);

	node->kind = NODE_TEXT;
	node->text = copy;
	for (; start < end; start++) {
		if (*start == '\\' && start + 1 < end && (start[1] == 't' || start[1] == 'n'))
			copy[node->length++] = template_unescape(*++start);
		else
			copy[node->length++] = *start;
	}
	return node;
}

static const char *find_open(const struct template_reader *reader)
{
	const char *open = memmem(reader->at, (size_t)(reader->end - reader->at), "{{", 2);

	return open ? open : reader->end;
}

static void append(struct template_node ***end, struct template_node *node)
{
	**end = node;
	*end = &node->next;
}

static int read_list(struct template_reader *reader, struct template_node **list, enum stop *stop,
		     struct template_reader *behind_else)
{
	struct template_node **end = list;

	for (;;) {
		const char *open = find_open(reader), *text_end = open;
		struct template_reader inner = *reader;
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
		template_skip_blanks(&inner);
		if (template_take(&inner, "/*"))
			continue;
		*stop = STOP_END;
		if (template_take_word(&inner, "end"))
			return 0;
		*stop = STOP_ELSE;
		if (template_take_word(&inner, "else")) {
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
	struct template_reader reader = {
		.arena = &template->arena,
		.at = arena_string(&template->arena, text),
		.err = err,
	};
	enum stop stop;

	reader.end = reader.at + strlen(reader.at);
	if (read_list(&reader, &template->nodes, &stop, NULL) == 0) {
		if (stop == STOP_TEXT_END)
			return template;
		template_fail(&reader, "'{{end}}' or '{{else}}' without a beginning before");
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
