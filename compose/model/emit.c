/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/emit.h"

#include "compose/model/tree.h"

#include "base/strbuf.h"

#include <ctype.h>
#include <string.h>

static void add_indent(struct strbuf *out, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		strbuf_add_n(out, "  ", 2);
}

static void add_text(struct strbuf *out, const char *text, const char *end, const struct emit *emit)
{
	for (const char *dollar;
	     emit->double_dollars && (dollar = memchr(text, '$', (size_t)(end - text)));
	     text = dollar + 1) {
		strbuf_add_n(out, text, (size_t)(dollar - text));
		strbuf_add_n(out, "$$", 2);
	}
	strbuf_add_n(out, text, (size_t)(end - text));
}

/* ------------------------------------------------------------------ YAML */

/* U+2028 to U+202E: line ends to YAML, or a change of the direction of writing */
static bool is_separator(const unsigned char *p)
{
	return p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae;
}

static bool is_byte_order_mark(const unsigned char *p)
{
	return p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf;
}

static bool is_control(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		if ((*p < ' ' && *p != '\n' && *p != '\t') || *p == 0x7f ||
		    (*p == 0xc2 && p[1] < 0xa0) || is_separator(p) || is_byte_order_mark(p))
			return true;
	return false;
}

/* 22:22 is a number to readers of YAML 1.1 … */
static bool is_sexagesimal(const char *text)
{
	return strchr(text, ':') && isdigit((unsigned char)text[strspn(text, "+-")]) &&
	       text[strspn(text, "+-0123456789_:.")] == '\0';
}

/* … and 2026-01-02 a date. */
static bool is_date(const char *text)
{
	static const char digits[] = "0123456789";

	return strspn(text, digits) == 4 && text[4] == '-' && strspn(text + 5, digits) > 0 &&
	       strchr(text + 5, '-');
}

/* Would a reader take the plain text for anything but this string? */
static bool needs_quotes(const char *text)
{
	static const char *const words[] = {"yes", "no", "on", "off", "y", "n", "<<", "=", NULL};
	size_t length = strlen(text);

	if (node_guess_type(text) != NODE_STRING || isspace((unsigned char)text[0]) ||
	    isspace((unsigned char)text[length - 1]))
		return true;
	if (strchr("!&*?|>%@`'\"#,[]{}", text[0]))
		return true;
	if ((text[0] == '-' || text[0] == ':') && (!text[1] || isspace((unsigned char)text[1])))
		return true;
	if (strncmp(text, "---", 3) == 0 || strncmp(text, "...", 3) == 0)
		return true;
	if (strstr(text, ": ") || strstr(text, " #") || text[length - 1] == ':' ||
	    strpbrk(text, "\n\t"))
		return true;
	if (is_sexagesimal(text) || is_date(text))
		return true;
	for (const char *const *word = words; *word; word++)
		if (strcasecmp(*word, text) == 0)
			return true;
	return false;
}

/* Appends what a quoted text must not hold as it is, as JSON and YAML both escape it; returns how
 * many bytes of @p that was, 0: none. */
static size_t add_escape(struct strbuf *out, const unsigned char *p)
{
	bool is_mark = is_byte_order_mark(p);

	if (*p == '"' || *p == '\\') {
		strbuf_printf(out, "\\%c", *p);
	} else if (*p == '\n' || *p == '\t' || *p == '\r') {
		strbuf_printf(out, "\\%c", *p == '\n' ? 'n' : *p == '\t' ? 't' : 'r');
	} else if (*p < ' ' || *p == 0x7f) {
		strbuf_printf(out, "\\u%04x", *p);
	} else if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) {
		strbuf_printf(out, "\\u%04x", p[1]);
		return 2;
	} else if (is_mark || is_separator(p)) {
		strbuf_printf(out, "\\u%04x", is_mark ? 0xfeffu : 0x2000u | (p[2] & 0x3fu));
		return 3;
	} else {
		return 0;
	}
	return 1;
}

static void add_double_quoted(struct strbuf *out, const char *text, bool doubles)
{
	const unsigned char *p = (const unsigned char *)text;

	strbuf_add_char(out, '"');
	while (*p) {
		size_t escaped = add_escape(out, p);

		if (!escaped) {
			strbuf_add_char(out, (char)*p);
			if (*p == '$' && doubles)
				strbuf_add_char(out, '$');
		}
		p += escaped ? escaped : 1;
	}
	strbuf_add_char(out, '"');
}

/* A literal block keeps scripts and certificates readable. */
static bool can_be_literal(const char *text)
{
	if (!strchr(text, '\n') || isspace((unsigned char)*text) || is_control(text))
		return false;
	return !strstr(text, " \n") && !strstr(text, "\t\n") && text[strlen(text) - 1] != ' ' &&
	       text[strlen(text) - 1] != '\t';
}

static void add_literal(struct strbuf *out, const char *text, unsigned depth,
			const struct emit *emit)
{
	size_t length = strlen(text);
	bool ends = text[length - 1] == '\n',
	     keeps = ends && length > 1 && text[length - 2] == '\n';

	strbuf_add(out, keeps ? "|+" : ends ? "|" : "|-");
	while (*text) {
		const char *stop = strchrnul(text, '\n');

		strbuf_add_char(out, '\n');
		if (stop > text)
			add_indent(out, depth ? depth : 1);
		add_text(out, text, stop, emit);
		text = *stop ? stop + 1 : stop;
	}
}

static void add_yaml_string(struct strbuf *out, const char *text, unsigned depth,
			    const struct emit *emit)
{
	if (can_be_literal(text)) {
		add_literal(out, text, depth, emit);
	} else if (!needs_quotes(text) && !is_control(text)) {
		add_text(out, text, text + strlen(text), emit);
	} else if (node_guess_type(text) == NODE_STRING && !strpbrk(text, "'\n\t\\") &&
		   !is_control(text) && *text) {
		strbuf_add_char(out, '\'');
		add_text(out, text, text + strlen(text), emit);
		strbuf_add_char(out, '\'');
	} else {
		add_double_quoted(out, text, emit->double_dollars);
	}
}

static void add_yaml(struct strbuf *out, const struct node *node, unsigned depth,
		     const struct emit *emit)
{
	static const struct emit plain = {0};

	if (node->kind == NODE_SCALAR) {
		if (node->type == NODE_NULL)
			strbuf_add(out, "null");
		else if (node->type != NODE_STRING)
			strbuf_add(out, node->text);
		else
			add_yaml_string(out, node->text, depth, emit);
		return;
	}
	if (!node->count) {
		strbuf_add(out, node->kind == NODE_MAP ? "{}" : "[]");
		return;
	}
	for (unsigned i = 0; i < node->count; i++) {
		const struct node *value =
			node->kind == NODE_MAP ? node->pairs[i].value : node->items[i];
		bool is_block = value->kind != NODE_SCALAR && value->count;

		if (i) {
			strbuf_add_char(out, '\n');
			add_indent(out, depth);
		}
		if (node->kind == NODE_LIST) {
			strbuf_add(out, "- ");
			add_yaml(out, value, depth + 1, emit);
			continue;
		}
		if (strchr(node->pairs[i].key, '\n'))
			add_double_quoted(out, node->pairs[i].key, false);
		else
			add_yaml_string(out, node->pairs[i].key, depth, &plain);
		strbuf_add(out, is_block ? ":\n" : ": ");
		if (is_block)
			add_indent(out, depth + 1);
		add_yaml(out, value, depth + 1, emit);
	}
}

void emit_yaml(struct strbuf *out, const struct node *node, const struct emit *emit)
{
	add_yaml(out, node, 0, emit);
	strbuf_add_char(out, '\n');
}

void emit_yaml_text(struct strbuf *out, const char *text, unsigned depth)
{
	add_yaml_string(out, text, depth, &(struct emit){0});
}

/* ------------------------------------------------------------------ JSON */

/* Numbers of x-… keep the source's text, which YAML allows more of than JSON. */
static bool is_json_number(const char *text)
{
	const char *digits = text + (*text == '-');

	return isdigit((unsigned char)*digits) &&
	       !(digits[0] == '0' && isdigit((unsigned char)digits[1])) &&
	       strspn(digits, "0123456789.eE+-") == strlen(digits) &&
	       isdigit((unsigned char)digits[strlen(digits) - 1]) && !strstr(digits, ".e") &&
	       !strstr(digits, ".E");
}

static void add_json_scalar(struct strbuf *out, const struct node *node, const struct emit *emit)
{
	if (node->type == NODE_NULL)
		strbuf_add(out, "null");
	else if (node->type == NODE_BOOL)
		strbuf_add(out, strcasecmp(node->text, "true") == 0 ? "true" : "false");
	else if (node->type != NODE_STRING && is_json_number(node->text))
		strbuf_add(out, node->text);
	else
		add_double_quoted(out, node->text, emit->double_dollars);
}

static void add_line(struct strbuf *out, unsigned depth, bool pretty)
{
	if (!pretty)
		return;
	strbuf_add_char(out, '\n');
	add_indent(out, depth);
}

static void add_json(struct strbuf *out, const struct node *node, const struct emit *emit,
		     int depth) /* -1: not pretty */
{
	bool is_map = node->kind == NODE_MAP, pretty = depth >= 0;
	int below = pretty ? depth + 1 : -1;

	if (node->kind == NODE_SCALAR) {
		add_json_scalar(out, node, emit);
		return;
	}
	strbuf_add_char(out, is_map ? '{' : '[');
	for (unsigned i = 0; i < node->count; i++) {
		if (i)
			strbuf_add_char(out, ',');
		add_line(out, (unsigned)below, pretty);
		if (is_map) {
			add_double_quoted(out, node->pairs[i].key, false);
			strbuf_add(out, pretty ? ": " : ":");
		}
		add_json(out, is_map ? node->pairs[i].value : node->items[i], emit, below);
	}
	if (node->count)
		add_line(out, (unsigned)depth, pretty);
	strbuf_add_char(out, is_map ? '}' : ']');
}

void emit_json(struct strbuf *out, const struct node *node, const struct emit *emit, bool pretty)
{
	add_json(out, node, emit, pretty ? 0 : -1);
	if (pretty)
		strbuf_add_char(out, '\n');
}
