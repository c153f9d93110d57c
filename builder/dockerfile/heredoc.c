/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/heredoc.h"

#include "base/arena.h"
#include "base/error.h"
#include "builder/dockerfile/expand.h"
#include "builder/dockerfile/lines.h"

#include <string.h>

#define MOST_HEREDOCS 1024

static const char *no_value(const char *name, void *data)
{
	(void)name;
	(void)data;
	return NULL;
}

/* As a shell would: the escape character of a heredoc's words is always the backslash. */
static struct expansion plain(struct arena *arena)
{
	return (struct expansion){
		.lookup = no_value, .escape = '\\', .keeps_unset = true, .arena = arena};
}

static bool has_quotes(const char *word)
{
	return strpbrk(word, "'\"") != NULL;
}

static int read_descriptor(const char *word, size_t digits)
{
	int descriptor = 0;

	for (size_t i = 0; i < digits && descriptor < 1000; i++)
		descriptor = descriptor * 10 + word[i] - '0';
	return descriptor;
}

bool heredoc_parse(struct heredoc *heredoc, const char *word, struct arena *arena)
{
	struct expansion expansion = plain(arena);
	size_t digits = strspn(word, "0123456789");
	const char *rest = word + digits;
	char **words;

	if (strncmp(rest, "<<", 2) != 0)
		return false;
	*heredoc = (struct heredoc){.descriptor = read_descriptor(word, digits)};
	rest += 2;
	heredoc->strips_tabs = *rest == '-';
	rest += heredoc->strips_tabs;
	rest += strspn(rest, " \t\f\r");
	if (!*rest || strchr(rest, '<'))
		return false;
	words = expand_words(&expansion, rest, NULL);
	if (!words || !words[0] || words[1])
		return false;
	heredoc->name = words[0];
	expansion.keeps_quotes = true;
	words = expand_words(&expansion, rest, NULL);
	heredoc->expands = words && words[0] && has_quotes(words[0]) == has_quotes(heredoc->name);
	return true;
}

static char *without_tabs(struct arena *arena, const char *raw, size_t length, size_t *stripped)
{
	char *text = arena_alloc(arena, length + 1);
	size_t at = 0;

	for (size_t i = 0; i < length; i++) {
		if (i == 0 || raw[i - 1] == '\n')
			i += strspn(raw + i, "\t");
		if (i < length)
			text[at++] = raw[i];
	}
	*stripped = at;
	return text;
}

static bool ends(const struct heredoc *heredoc, struct lines_line line)
{
	while (heredoc->strips_tabs && line.length && *line.bytes == '\t') {
		line.bytes++;
		line.length--;
	}
	return line.length == strlen(heredoc->name) &&
	       memcmp(line.bytes, heredoc->name, line.length) == 0;
}

static int read_body(struct lines *lines, struct heredoc *heredoc, int begin, struct error *err)
{
	size_t start = lines->position, end = start;
	struct lines_line line;
	int got;

	while ((got = lines_read(lines, &line, err)) > 0 && !ends(heredoc, line))
		end = lines->position;
	if (got < 0)
		return -1;
	if (got == 0) {
		error_set(err, ERROR_INVALID,
			  "unterminated heredoc: no line is '%.60s' and nothing else",
			  heredoc->name);
		return dockerfile_complain(lines->file, begin, begin, err);
	}
	heredoc->length = end - start;
	heredoc->raw = arena_string_n(lines->arena, lines->file->bytes + start, heredoc->length);
	heredoc->content = heredoc->raw;
	if (heredoc->strips_tabs)
		heredoc->content =
			without_tabs(lines->arena, heredoc->raw, heredoc->length, &heredoc->length);
	return 0;
}

int heredoc_read_all(struct lines *lines, struct instruction *instruction, const char *text,
		     struct error *err)
{
	struct expansion expansion = plain(lines->arena);
	char **words;

	if (!strstr(text, "<<"))
		return 0;
	expansion.keeps_quotes = expansion.keeps_escapes = true;
	/* What a shell cannot read has no heredocs; who runs it says so. */
	words = expand_words(&expansion, text, NULL);
	for (; words && *words; words++) {
		struct heredoc heredoc;

		if (!heredoc_parse(&heredoc, *words, lines->arena))
			continue;
		if (instruction->heredoc_count == MOST_HEREDOCS) {
			error_set(err, ERROR_INVALID, "more than %d heredocs in one instruction",
				  MOST_HEREDOCS);
			return dockerfile_complain(lines->file, instruction->line,
						   instruction->line, err);
		}
		if (read_body(lines, &heredoc, instruction->line, err) < 0)
			return -1;
		instruction->heredocs = arena_grow(lines->arena, instruction->heredocs,
						   instruction->heredoc_count, sizeof(heredoc));
		instruction->heredocs[instruction->heredoc_count++] = heredoc;
	}
	return 0;
}
