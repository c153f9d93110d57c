/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe/template_private.h - what the parser, the evaluator and the functions of templates
 * share.
 */
#pragma once

#include "base/arena.h"
#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>

struct error;

#define TEMPLATE_DEEPEST  32
#define TEMPLATE_MOST_ARG 16

enum expr_kind {
	EXPR_STRING, /* text */
	EXPR_NUMBER, /* number */
	EXPR_BOOL,   /* number */
	EXPR_NIL,
	EXPR_DOT,      /* . and fields */
	EXPR_VARIABLE, /* text is its name without $, "" the document; fields */
	EXPR_CALL,     /* function and items; or, without function, items[0] with arguments */
	EXPR_PIPE,     /* items: calls, each given the value before it; fields */
};

struct template_function;

struct expr {
	enum expr_kind kind;
	const char *text;
	double number;
	const struct template_function *function;
	const char **fields;
	size_t field_count;
	struct expr **items;
	size_t item_count;
};

enum node_kind { NODE_TEXT, NODE_PRINT, NODE_SET, NODE_IF, NODE_RANGE, NODE_WITH };

struct template_node {
	enum node_kind kind;
	const char *text; /* NODE_TEXT */
	size_t length;
	/* `$a := pipe` has one name, `range $i, $v := pipe` two. */
	const char *names[2];
	bool is_new; /* := and not = */
	struct expr *pipe;
	struct template_node *body, *otherwise; /* lists */
	struct template_node *next;
};

struct template
{
	struct arena arena;
	struct template_node *nodes;
};

struct template_function {
	const char *name;
	size_t least, most; /* arguments */
	/* Returns 0 with *result owned by the caller, or -1. */
	int (*call)(json **result, json *const *arguments, size_t count, struct error *err);
};

/* NULL: there is none of that name. */
const struct template_function *template_find_function(const char *name, size_t length);

/* Reading: text outside, then one action at a time, each a list of tokens scanned on the way. */
struct template_reader {
	struct arena *arena;
	const char *at, *end; /* within the action, or the whole text */
	unsigned depth;
	struct error *err;
};

/* Returns -1 with the error: @what, and where. */
int template_fail(struct template_reader *reader, const char *what);
void template_skip_blanks(struct template_reader *reader);
size_t template_word_length(const struct template_reader *reader);
bool template_take(struct template_reader *reader, const char *text);
/* A keyword: not the beginning of a longer word. */
bool template_take_word(struct template_reader *reader, const char *word);
/* What a backslash and @c stand for. */
char template_unescape(char c);
/* NULL with the error. */
struct expr *template_read_pipe(struct template_reader *reader);
