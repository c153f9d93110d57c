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
#include <stdint.h>

struct error;
struct strbuf;

#define TEMPLATE_DEEPEST  32
#define TEMPLATE_MOST_ARG 16
#define TEMPLATE_MOST_VAR 64

/* What a message names: a piece of the template's text, and from where it counts. */
struct template_place {
	const char *text;
	size_t length;
	const char *at;
};

enum expr_kind {
	EXPR_STRING,   /* text */
	EXPR_NUMBER,   /* number */
	EXPR_FRACTION, /* number */
	EXPR_BOOL,     /* number */
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
	struct template_place place;
};

enum node_kind {
	NODE_TEXT,
	NODE_PRINT,
	NODE_SET,
	NODE_IF,
	NODE_RANGE,
	NODE_WITH,
	NODE_TEMPLATE, /* text is the name of the one to execute */
	NODE_BREAK,
	NODE_CONTINUE,
};

struct template_node {
	enum node_kind kind;
	const char *text; /* NODE_TEXT, NODE_TEMPLATE */
	size_t length;
	/* `$a := pipe` has one name, `range $i, $v := pipe` two. */
	const char *names[2];
	bool is_new;				/* := and not = */
	struct expr *pipe;			/* NODE_TEMPLATE: NULL for nil */
	struct template_node *body, *otherwise; /* lists */
	struct template_node *next;
	struct template_place place;
};

/* {{define "name"}} and {{block "name" …}}. */
struct template_named {
	const char *name;
	struct template_node *nodes;
	struct template_named *next;
};

struct template
{
	struct arena arena;
	const char *text;
	struct template_node *nodes;
	struct template_named *named;
};

struct template_function {
	const char *name;
	size_t least, most; /* arguments */
	/* Returns 0 with *result owned by the caller, or -1. */
	int (*call)(json **result, json *const *arguments, size_t count, struct error *err);
	/* Arguments behind the first one that decides are not looked at: `and`, `or`. */
	bool is_lazy, decides;
	bool is_text; /* changes how a text looks: headings are left as they are */
};

/* NULL: there is none of that name. */
const struct template_function *template_find_function(const char *name, size_t length);
/* Those on texts; the last one has no name. */
extern const struct template_function template_text_functions[];
int template_call_printf(json **result, json *const *arguments, size_t count, struct error *err);
int template_give_text(json **result, struct strbuf *text);

/* ---- values ---- */

/* Docker's documents have types: a member that is null, or left out, is an empty list, an empty
 * map, an empty text or nothing of a known kind. NULL: not such a member. @is_there: it is null. */
json *template_unset(const char *member, bool is_there);
/* The nothing of a known kind: it has no fields, and prints "<nil>". */
json *template_nil(void);
bool template_is_nil(json *value);
/* Is what this member holds a map, which may lack any key? Else what it lacks is a mistake. */
bool template_is_map(const char *parent, const char *member);
/* "string", "int", … */
const char *template_type(json *value);
bool template_is_number(json *value);

/* ---- reading ---- */

/* What the parts of a template that are being read share. */
struct template_scope {
	const char *text; /* all of it */
	struct template *template;
	const char *variables[TEMPLATE_MOST_VAR];
	size_t variable_count;
	unsigned range_depth;
	unsigned depth;
	struct error *err;
};

/* Reading: text outside, then one action at a time, each a list of tokens scanned on the way. */
struct template_reader {
	struct arena *arena;
	struct template_scope *scope;
	const char *at, *end; /* within the action, or the whole text */
};

/* Returns -1 with the error: what, and in which line. */
int template_fail(struct template_reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void template_skip_blanks(struct template_reader *reader);
size_t template_word_length(const struct template_reader *reader);
bool template_take(struct template_reader *reader, const char *text);
/* A keyword: not the beginning of a longer word. */
bool template_take_word(struct template_reader *reader, const char *word);
/* The string behind its opening @quote; NULL with the error. */
const char *template_read_string(struct template_reader *reader, char quote);
/* NULL with the error. @what is missing when there is nothing. */
struct expr *template_read_pipe(struct template_reader *reader, const char *what);
bool template_has_variable(const struct template_reader *reader, const char *name);
/* The bounds of the next action, from behind its "{{". */
struct template_action {
	const char *start, *end, *next;
	bool is_comment;
};
int template_find_action(struct template_reader *reader, struct template_action *action);

/* ---- executing ---- */

struct execution {
	const struct template *template;
	const char *name; /* of the template that is executed */
	json *document, *dot;
	struct {
		const char *name;
		json *value;
	} variables[TEMPLATE_MOST_VAR];
	size_t variable_count, first_variable; /* of this template */
	unsigned depth;
	size_t steps;
	bool is_heading; /* functions leave texts as they are */
	struct strbuf *out;
	struct error *err;
};

int template_evaluate(struct execution *run, const struct expr *expr, json **result);
/* Which of the variables; -1: none of this name. */
int template_find_variable(struct execution *run, const char *name);
int template_run_fail(struct execution *run, const struct template_place *place, const char *format,
		      ...) __attribute__((format(printf, 3, 4)));
