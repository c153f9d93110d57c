/* SPDX-License-Identifier: Apache-2.0 */
#include "describe/template.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "describe/template_private.h"

#include <ctype.h>
#include <string.h>

enum stop { STOP_END, STOP_ELSE, STOP_TEXT_END };

static int read_list(struct template_reader *reader, struct template_node **list, enum stop *stop,
		     struct template_reader *behind_else);

/* ---- parts of actions ---- */

static int declare(struct template_reader *reader, const char *name)
{
	struct template_scope *scope = reader->scope;

	if (scope->variable_count == TEMPLATE_MOST_VAR)
		return template_fail(reader, "too many variables");
	scope->variables[scope->variable_count++] = name;
	return 0;
}

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

/* The pipe, and then the names, which it does not see itself. */
static int read_action_pipe(struct template_reader *reader, struct template_node *node,
			    const char *what)
{
	template_skip_blanks(reader);
	read_names(reader, node);
	node->pipe = template_read_pipe(reader, node->names[0] ? "command" : what);
	if (!node->pipe)
		return -1;
	template_skip_blanks(reader);
	if (reader->at < reader->end)
		return template_fail(reader, "unexpected \"%.1s\" in operand", reader->at);
	for (size_t i = 0; i < 2 && node->names[i]; i++) {
		if (node->is_new && declare(reader, node->names[i]) < 0)
			return -1;
		if (!node->is_new && !template_has_variable(reader, node->names[i]))
			return template_fail(reader, "undefined variable \"$%s\"", node->names[i]);
	}
	return 0;
}

/* ---- blocks ---- */

/* `else if` and `else with` are blocks of their own that share the end. */
static int read_else(struct template_reader *text, struct template_reader *behind,
		     struct template_node *node);

static int read_bodies(struct template_reader *text, struct template_node *node)
{
	struct template_reader behind = {0};
	enum stop stop;

	if (read_list(text, &node->body, &stop, &behind) < 0)
		return -1;
	if (stop == STOP_TEXT_END)
		return template_fail(text, "unexpected EOF");
	return stop == STOP_END ? 0 : read_else(text, &behind, node);
}

/* The body of if, range, with, and what stands behind its else. */
static int read_block(struct template_reader *text, struct template_reader *inner,
		      struct template_node *node, const char *word)
{
	struct template_scope *scope = text->scope;
	size_t count = scope->variable_count;
	int result;

	if (++scope->depth > TEMPLATE_DEEPEST)
		return template_fail(text, "nested too deeply");
	if (read_action_pipe(inner, node, word) < 0)
		return -1;
	scope->range_depth += node->kind == NODE_RANGE;
	result = read_bodies(text, node);
	scope->range_depth -= node->kind == NODE_RANGE;
	scope->variable_count = count;
	scope->depth--;
	return result;
}

static const struct {
	const char *word;
	enum node_kind kind;
} blocks[] = {{"if", NODE_IF}, {"range", NODE_RANGE}, {"with", NODE_WITH}};

static int read_else(struct template_reader *text, struct template_reader *behind,
		     struct template_node *node)
{
	enum stop stop;

	template_skip_blanks(behind);
	for (size_t i = 0; i < array_length(blocks); i++) {
		if (blocks[i].kind == NODE_RANGE || !template_take_word(behind, blocks[i].word))
			continue;
		node->otherwise = arena_alloc(text->arena, sizeof(*node));
		node->otherwise->kind = blocks[i].kind;
		return read_block(text, behind, node->otherwise, blocks[i].word);
	}
	if (read_list(text, &node->otherwise, &stop, NULL) < 0)
		return -1;
	return stop == STOP_END	   ? 0
	       : stop == STOP_ELSE ? template_fail(text, "expected end; found {{else}}")
				   : template_fail(text, "unexpected EOF");
}

/* ---- templates within the template ---- */

static const char *read_name(struct template_reader *inner, struct template_place *place,
			     const char *what)
{
	char quote;

	template_skip_blanks(inner);
	place->at = inner->at;
	quote = inner->at < inner->end ? *inner->at : '\0';
	if (quote != '"' && quote != '`') {
		template_fail(inner, "missing name of %s", what);
		return NULL;
	}
	inner->at++;
	return template_read_string(inner, quote);
}

/* A body of its own: it sees no variables but $. */
static int read_named(struct template_reader *text, const char *name)
{
	struct template_scope *scope = text->scope;
	struct template_scope outer = *scope;
	struct template_named *named = arena_alloc(text->arena, sizeof(*named));
	enum stop stop;

	if (++scope->depth > TEMPLATE_DEEPEST)
		return template_fail(text, "nested too deeply");
	named->name = name;
	scope->variable_count = 0;
	scope->range_depth = 0;
	if (read_list(text, &named->nodes, &stop, NULL) < 0)
		return -1;
	if (stop != STOP_END)
		return template_fail(text, stop == STOP_ELSE
						   ? "unexpected {{else}} in define clause"
						   : "unexpected EOF");
	*scope = outer;
	named->next = scope->template->named;
	scope->template->named = named;
	return 0;
}

static int read_template(struct template_reader *text, struct template_reader *inner,
			 struct template_node *node, bool is_block)
{
	node->kind = NODE_TEMPLATE;
	node->text = read_name(inner, &node->place, is_block ? "block" : "template");
	if (!node->text)
		return -1;
	template_skip_blanks(inner);
	if ((is_block || inner->at < inner->end) && read_action_pipe(inner, node, "command") < 0)
		return -1;
	return is_block ? read_named(text, node->text) : 0;
}

/* Leaves nothing to execute here. */
static int read_define(struct template_reader *text, struct template_reader *inner,
		       struct template_node *node)
{
	const char *name = read_name(inner, &node->place, "define");

	node->kind = NODE_TEXT;
	node->text = "";
	return name ? read_named(text, name) : -1;
}

static int read_jump(struct template_reader *inner, struct template_node *node, const char *word)
{
	node->kind = *word == 'b' ? NODE_BREAK : NODE_CONTINUE;
	template_skip_blanks(inner);
	if (inner->at < inner->end)
		return template_fail(inner, "unexpected \"%.1s\" in {{%s}}", inner->at, word);
	return inner->scope->range_depth ? 0
					 : template_fail(inner, "{{%s}} outside {{range}}", word);
}

static int read_action(struct template_reader *text, struct template_reader *inner,
		       struct template_node *node)
{
	for (size_t i = 0; i < array_length(blocks); i++) {
		if (!template_take_word(inner, blocks[i].word))
			continue;
		node->kind = blocks[i].kind;
		return read_block(text, inner, node, blocks[i].word);
	}
	if (template_take_word(inner, "template"))
		return read_template(text, inner, node, false);
	if (template_take_word(inner, "block"))
		return read_template(text, inner, node, true);
	if (template_take_word(inner, "define"))
		return read_define(text, inner, node);
	if (template_take_word(inner, "break"))
		return read_jump(inner, node, "break");
	if (template_take_word(inner, "continue"))
		return read_jump(inner, node, "continue");
	node->kind = NODE_PRINT;
	if (read_action_pipe(inner, node, "command") < 0)
		return -1;
	if (node->names[0])
		node->kind = NODE_SET;
	return node->names[1] ? template_fail(inner, "too many declarations in command") : 0;
}

/* ---- text ---- */

/* Text up to the next action: "\t" and "\n" are what they say. */
static struct template_node *text_node(struct template_reader *reader, const char *start,
				       const char *end)
{
	struct template_node *node = arena_alloc(reader->arena, sizeof(*node));
	char *copy = arena_alloc(reader->arena, (size_t)(end - start) + 1);

	node->kind = NODE_TEXT;
	node->text = copy;
	for (; start < end; start++) {
		bool is_escaped =
			*start == '\\' && start + 1 < end && (start[1] == 't' || start[1] == 'n');

		if (is_escaped)
			start++;
		copy[node->length++] = is_escaped ? (*start == 't' ? '\t' : '\n') : *start;
	}
	return node;
}

/* Takes the text up to the next action; false: there is no action behind it. */
static bool take_text(struct template_reader *reader, struct template_node ***end)
{
	const char *open = memmem(reader->at, (size_t)(reader->end - reader->at), "{{", 2);
	const char *text_end = open ? open : reader->end;

	if (open && reader->end - open > 3 && open[2] == '-' && isspace((unsigned char)open[3]))
		while (text_end > reader->at && isspace((unsigned char)text_end[-1]))
			text_end--;
	if (text_end > reader->at) {
		**end = text_node(reader, reader->at, text_end);
		*end = &(**end)->next;
	}
	reader->at = open ? open + 2 : reader->end;
	return open;
}

static int read_list(struct template_reader *reader, struct template_node **list, enum stop *stop,
		     struct template_reader *behind_else)
{
	struct template_node **end = list;

	for (*stop = STOP_TEXT_END; take_text(reader, &end);) {
		struct template_reader inner = *reader;
		struct template_action action = {0};

		if (template_find_action(reader, &action) < 0)
			return -1;
		inner.at = action.start;
		inner.end = action.end;
		reader->at = action.next;
		if (action.is_comment)
			continue;
		template_skip_blanks(&inner);
		if (template_take_word(&inner, "end") || template_take_word(&inner, "else")) {
			*stop = inner.at[-1] == 'd' ? STOP_END : STOP_ELSE;
			if (behind_else)
				*behind_else = inner;
			return 0;
		}
		*end = arena_alloc(reader->arena, sizeof(**end));
		(*end)->place = (struct template_place){
			action.start - 2, (size_t)(action.next - action.start) + 2, inner.at};
		if (read_action(reader, &inner, *end) < 0)
			return -1;
		end = &(*end)->next;
	}
	return 0;
}

struct template *template_parse(const char *text, struct error *err)
{
	struct template *template = alloc_zeroed(1, sizeof(*template));
	struct template_scope scope = {.template = template, .err = err};
	struct template_reader reader = {.arena = &template->arena, .scope = &scope};
	enum stop stop;

	template->text = scope.text = reader.at = arena_string(&template->arena, text);
	reader.end = reader.at + strlen(reader.at);
	if (read_list(&reader, &template->nodes, &stop, NULL) == 0) {
		if (stop == STOP_TEXT_END)
			return template;
		template_fail(&reader,
			      stop == STOP_END ? "unexpected {{end}}" : "unexpected {{else}}");
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
