/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/yaml_mistake.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* ------------------------------------------------------------------ the text */

struct line {
	const char *text;
	size_t length, indent; /* blanks at its start */
};

static bool get_line(const struct yaml_mistake *mistake, size_t number, struct line *line)
{
	const char *p = (const char *)mistake->parser->input.string.start;
	const char *end = (const char *)mistake->parser->input.string.end, *stop;

	while (number-- && p && p < end) {
		p = memchr(p, '\n', (size_t)(end - p));
		p = p ? p + 1 : NULL;
	}
	if (!p || p >= end)
		return false;
	stop = memchr(p, '\n', (size_t)(end - p));
	*line = (struct line){.text = p, .length = (size_t)((stop ? stop : end) - p)};
	while (line->indent < line->length && p[line->indent] == ' ')
		line->indent++;
	return true;
}

/* What stands at @mark; NUL behind the end. Marks count characters, not bytes. */
static char character_at(const struct yaml_mistake *mistake, yaml_mark_t mark)
{
	struct line line;
	size_t column = 0;

	if (!get_line(mistake, mark.line, &line))
		return '\0';
	for (size_t i = 0; i < line.length; i++)
		if (((unsigned char)line.text[i] & 0xc0) != 0x80 && column++ == mark.column)
			return line.text[i];
	return '\0';
}

/* The reader counts bytes only. */
static yaml_mark_t mark_of_byte(const yaml_parser_t *parser, size_t offset)
{
	const unsigned char *p = parser->input.string.start;
	yaml_mark_t mark = {0};

	for (; offset && p < parser->input.string.end; p++, offset--) {
		if (*p == '\n') {
			mark.line++;
			mark.column = 0;
		} else if ((*p & 0xc0) != 0x80) {
			mark.column++;
		}
	}
	return mark;
}

/* ------------------------------------------------------------------ what usually is meant */

static const char *problem_of(const struct yaml_mistake *mistake)
{
	return mistake->parser->problem ? mistake->parser->problem : "invalid YAML";
}

static bool speaks_of(const struct yaml_mistake *mistake, const char *context)
{
	return mistake->parser->context && strstr(mistake->parser->context, context);
}

/* Each looks for one kind of mistake: true with @at and @text, or false. */

static bool find_bad_bytes(const struct yaml_mistake *mistake, yaml_mark_t *at, struct strbuf *text)
{
	if (mistake->parser->error != YAML_READER_ERROR)
		return false;
	*at = mark_of_byte(mistake->parser, mistake->parser->problem_offset);
	strbuf_add(text, problem_of(mistake));
	return true;
}

static bool find_conflict(const struct yaml_mistake *mistake, yaml_mark_t *at, struct strbuf *text)
{
	struct line line;

	for (size_t i = 0; get_line(mistake, i, &line); i++) {
		if (line.length < 8 || strncmp(line.text, "<<<<<<< ", 8) != 0)
			continue;
		*at = (yaml_mark_t){.line = i};
		strbuf_add(text, "a conflict of a merge is not resolved: keep one of the two "
				 "versions and remove the lines with <<<<<<<, ======= and >>>>>>>");
		return true;
	}
	return false;
}

static bool find_item_in_mapping(const struct yaml_mistake *mistake, yaml_mark_t *at,
				 struct strbuf *text)
{
	if (!strstr(problem_of(mistake), "did not find expected key") ||
	    character_at(mistake, *at) != '-')
		return false;
	strbuf_add(text, "a list item stands in a mapping; write all its entries as 'NAME: value' "
			 "or all as '- NAME=value', or is the line indented too little?");
	return true;
}

static bool find_key_in_list(const struct yaml_mistake *mistake, yaml_mark_t *at,
			     struct strbuf *text)
{
	(void)at;
	if (!strstr(problem_of(mistake), "did not find expected '-' indicator"))
		return false;
	strbuf_printf(text,
		      "this is no item of the list that begins at line %zu; write all its entries "
		      "as '- NAME=value' or all as 'NAME: value'",
		      mistake->parser->context_mark.line + 1);
	return true;
}

static bool find_early_quote(const struct yaml_mistake *mistake, yaml_mark_t *at,
			     struct strbuf *text)
{
	bool spans_lines = mistake->quote.line < mistake->quote_end.line;
	bool is_behind = mistake->quote_end.index && mistake->quote_end.line == at->line &&
			 (spans_lines || mistake->quote_end.column == at->column);

	if (!is_behind)
		return false;
	strbuf_printf(text, "%s; the quote that is opened at %zu:%zu ends before this%s",
		      problem_of(mistake), mistake->quote.line + 1, mistake->quote.column + 1,
		      spans_lines || character_at(mistake, mistake->quote) != '\''
			      ? ""
			      : "; a ' inside is written ''");
	return true;
}

static bool find_tab(const struct yaml_mistake *mistake, yaml_mark_t *at, struct strbuf *text)
{
	if (!strstr(problem_of(mistake), "cannot start any token") ||
	    character_at(mistake, *at) != '\t')
		return false;
	strbuf_add(text, "a tab cannot indent in YAML; use spaces");
	return true;
}

static bool find_open_quote(const struct yaml_mistake *mistake, yaml_mark_t *at,
			    struct strbuf *text)
{
	if (!speaks_of(mistake, "quoted scalar") || !strstr(problem_of(mistake), "unexpected"))
		return false;
	*at = mistake->parser->context_mark;
	strbuf_add(text, "this quote is never closed");
	return true;
}

static bool find_open_bracket(const struct yaml_mistake *mistake, yaml_mark_t *at,
			      struct strbuf *text)
{
	bool is_list = speaks_of(mistake, "flow sequence");

	(void)at;
	if (!is_list && !speaks_of(mistake, "flow mapping"))
		return false;
	strbuf_printf(text, "%s: the '%c' of line %zu, column %zu is not closed before this",
		      problem_of(mistake), is_list ? '[' : '{',
		      mistake->parser->context_mark.line + 1,
		      mistake->parser->context_mark.column + 1);
	return true;
}

/* "image:nginx" in the line above; "http://x" is none. */
static bool find_colon_without_blank(const struct yaml_mistake *mistake, yaml_mark_t *at,
				     struct strbuf *text)
{
	struct line line;
	size_t number = at->line, length = 0;

	if (!strstr(problem_of(mistake), "mapping values are not allowed") || !number ||
	    !get_line(mistake, --number, &line))
		return false;
	line.text += line.indent;
	line.length -= line.indent;
	while (length < line.length &&
	       (isalnum((unsigned char)line.text[length]) || line.text[length] == '_'))
		length++;
	if (!length || length + 1 >= line.length || line.text[length] != ':' ||
	    isspace((unsigned char)line.text[length + 1]) || line.text[length + 1] == '/')
		return false;
	*at = (yaml_mark_t){.line = number, .column = line.indent + length + 1};
	strbuf_printf(text, "a blank is missing behind '%.*s:'", (int)length, line.text);
	return true;
}

static bool find_indentation(const struct yaml_mistake *mistake, yaml_mark_t *at,
			     struct strbuf *text)
{
	yaml_mark_t start = mistake->parser->context_mark;
	struct line line;

	if (!strstr(problem_of(mistake), "did not find expected key") ||
	    !speaks_of(mistake, "block mapping") || !get_line(mistake, at->line, &line) ||
	    line.indent != at->column || start.column == at->column)
		return false;
	strbuf_printf(
		text,
		"did not find expected key: this line is indented by %zu, the mapping that it "
		"would belong to by %zu (it begins at line %zu); check the indentation",
		at->column, start.column, start.line + 1);
	return true;
}

/* What libyaml says, with a hint. */
static bool take_problem(const struct yaml_mistake *mistake, yaml_mark_t *at, struct strbuf *text)
{
	static const char *const hints[][2] = {
		{"did not find expected key", "; check the indentation"},
		{"found a tab character", "; use spaces"},
		{"mapping values are not allowed", "; put a text with ': ' in quotes"},
		{"cannot start any token", "; put a text that starts with @, ` or % in quotes"},
		{"unknown escape character", "; write \\\\ or use single quotes"},
	};
	const char *context = mistake->parser->context;

	(void)at;
	strbuf_printf(text, "%s%s%s", problem_of(mistake), context ? " " : "",
		      context ? context : "");
	for (size_t i = 0; i < array_length(hints); i++)
		if (strstr(problem_of(mistake), hints[i][0]))
			strbuf_add(text, hints[i][1]);
	return true;
}

int yaml_mistake_explain(const struct yaml_mistake *mistake, struct error *err)
{
	static bool (*const finders[])(const struct yaml_mistake *mistake, yaml_mark_t *at,
				       struct strbuf *text) = {
		find_bad_bytes,		  find_conflict,    find_item_in_mapping, find_key_in_list,
		find_early_quote,	  find_tab,	    find_open_quote,	  find_open_bracket,
		find_colon_without_blank, find_indentation, take_problem,
	};
	auto_strbuf struct strbuf text = {0};
	yaml_mark_t at = mistake->parser->problem_mark;

	for (size_t i = 0; i < array_length(finders); i++)
		if (finders[i](mistake, &at, &text))
			break;
	return error_set(err, ERROR_INVALID, "%s:%zu:%zu: %s", mistake->file, at.line + 1,
			 at.column + 1, strbuf_text(&text));
}
