/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/lines.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "builder/dockerfile/directive.h"
#include "builder/dockerfile/words.h"

#include <string.h>

#define LONGEST_LINE 65535

void lines_begin(struct lines *lines, struct dockerfile *file, struct arena *arena)
{
	static const char mark[] = "\xef\xbb\xbf"; /* that it is UTF-8, which it is anyway */

	*lines = (struct lines){.file = file, .arena = arena};
	if (file->length >= 3 && memcmp(file->bytes, mark, 3) == 0)
		lines->position = 3;
	file->escape = '\\';
}

static int refuse(struct lines *lines, struct error *err)
{
	return dockerfile_complain(lines->file, lines->line, lines->line, err);
}

/* The line before it is shown, too, which is the one that BuildKit names: one of thousands of
 * characters is hard to find by what it looks like. */
static int refuse_long(struct lines *lines, struct error *err)
{
	error_set(err, ERROR_INVALID,
		  "the line after line %d is longer than %d bytes; a \\ at the end of a line "
		  "continues it",
		  lines->line - 1, LONGEST_LINE);
	return dockerfile_complain(lines->file, lines->line > 1 ? lines->line - 1 : 1, lines->line,
				   err);
}

int lines_read(struct lines *lines, struct lines_line *line, struct error *err)
{
	const char *bytes = lines->file->bytes + lines->position;
	size_t left = lines->file->length - lines->position;
	const char *end = left ? memchr(bytes, '\n', left) : NULL;

	if (!left)
		return 0;
	lines->line++;
	*line = (struct lines_line){.bytes = bytes,
				    .whole = end ? (size_t)(end - bytes) + 1 : left};
	line->length = line->whole - (end != NULL);
	lines->position += line->whole;
	if (line->length > LONGEST_LINE)
		return refuse_long(lines, err);
	if (memchr(line->bytes, '\0', line->length)) {
		error_set(err, ERROR_INVALID,
			  "there is a NUL byte; a Dockerfile is text, in UTF-8");
		return refuse(lines, err);
	}
	while (line->length && line->bytes[line->length - 1] == '\r')
		line->length--;
	return 1;
}

/* 1: a line of an instruction into *@text; 0: a comment or directive. */
static int take_line(struct lines *lines, const struct lines_line *line, char **text,
		     struct error *err)
{
	const char *content;

	*text = arena_string_n(lines->arena, line->bytes, line->length);
	content = words_skip(*text);
	if (*content != '#') {
		lines->is_past_directives = true;
		return 1;
	}
	lines->comment = words_skip(content + 1);
	if (lines->is_past_directives)
		return 0;
	if (directive_read(lines, content, err) < 0)
		return refuse(lines, err);
	return 0;
}

/* Cuts the escape character off the end, where only blanks may follow it. One that is escaped
 * itself is none. */
static bool cut_continuation(char *text, char escape)
{
	size_t end = strlen(text);

	while (end && (text[end - 1] == ' ' || text[end - 1] == '\t'))
		end--;
	if (!end || text[end - 1] != escape || (end > 1 && text[end - 2] == escape))
		return false;
	text[end - 1] = '\0';
	return true;
}

/* Its further lines: comments and empty ones among them are left out. */
static int read_rest(struct lines *lines, struct lines_statement *statement, struct strbuf *out,
		     struct error *err)
{
	bool continues = true;

	while (continues) {
		struct lines_line line;
		char *text;
		int got = lines_read(lines, &line, err);
		int is_code = got > 0 ? take_line(lines, &line, &text, err) : got;

		if (got <= 0 || is_code < 0)
			return got < is_code ? got : is_code;
		if (!is_code)
			continue;
		if (!*words_skip(text)) {
			statement->has_blank = true;
			continue;
		}
		continues = cut_continuation(text, lines->file->escape);
		strbuf_add(out, text);
	}
	return 0;
}

int lines_read_statement(struct lines *lines, struct lines_statement *statement, struct strbuf *out,
			 struct error *err)
{
	struct lines_line line;
	char *text;
	int got;

	lines->comment = NULL;
	while ((got = lines_read(lines, &line, err)) > 0) {
		int is_code = take_line(lines, &line, &text, err);
		bool continues = is_code > 0 && cut_continuation(text, lines->file->escape);

		if (is_code < 0)
			return -1;
		if (is_code && !continues && !*words_skip(text))
			lines->comment = NULL;
		else if (is_code) {
			*statement = (struct lines_statement){.line = lines->line,
							      .comment = lines->comment};
			strbuf_add(out, words_skip(text));
			return continues && read_rest(lines, statement, out, err) < 0 ? -1 : 1;
		}
	}
	return got;
}
