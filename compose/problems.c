/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/problems.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_PROBLEMS 100
#define LONGEST_NAME  40

void walk_release(struct walk *walk)
{
	strbuf_release(&walk->path);
}

size_t walk_enter(struct walk *walk, const char *key)
{
	size_t length = walk->path.length;

	if (length)
		strbuf_add_char(&walk->path, '.');
	strbuf_add(&walk->path, key);
	return length;
}

size_t walk_enter_item(struct walk *walk, unsigned index)
{
	size_t length = walk->path.length;

	strbuf_printf(&walk->path, "[%u]", index);
	return length;
}

void walk_leave(struct walk *walk, size_t length)
{
	walk->path.length = length;
	if (walk->path.text)
		walk->path.text[length] = '\0';
}

static void note(struct problems *problems, const char *text)
{
	if (problems->count++ == 0)
		error_set(problems->first, ERROR_INVALID, "%s", text);
	if (problems->all && problems->count <= MOST_PROBLEMS)
		strbuf_printf(problems->all, "%s\n", text);
}

static void add_place(struct strbuf *text, const char *file, unsigned line, unsigned column)
{
	if (file && line)
		strbuf_printf(text, "%s:%u:%u: ", file, line, column);
	else if (file)
		strbuf_printf(text, "%s: ", file);
}

void problem_add(struct walk *walk, const struct node *at, const char *format, ...)
{
	auto_strbuf struct strbuf text = {0};
	char message[800];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (at)
		add_place(&text, at->file, at->line, at->column);
	if (walk->path.length)
		strbuf_printf(&text, "%.300s: ", strbuf_text(&walk->path));
	strbuf_add(&text, message);
	note(walk->problems, strbuf_text(&text));
}

void problem_add_at(struct problems *problems, struct location where, const char *format, ...)
{
	auto_strbuf struct strbuf text = {0};
	char message[800];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	add_place(&text, where.file, where.line, where.column);
	strbuf_add(&text, message);
	note(problems, strbuf_text(&text));
}

void problem_add_error(struct walk *walk, const struct node *at, const struct error *err)
{
	problem_add(walk, at, "%s", err->text);
}

unsigned problem_distance(const char *a, const char *b)
{
	unsigned row[LONGEST_NAME + 1];
	size_t rows = strlen(a), columns = strlen(b);

	if (rows > LONGEST_NAME || columns > LONGEST_NAME)
		return LONGEST_NAME;
	for (size_t j = 0; j <= columns; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= rows; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= columns; j++) {
			unsigned best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[columns];
}

const char *problem_suggest(const char *const *names, const char *text)
{
	const char *best = NULL;
	unsigned least = ((unsigned)strlen(text) + 1) / 3;

	if (least > 3)
		least = 3;
	for (; *names; names++) {
		unsigned distance = problem_distance(*names, text);

		if (distance < least || (distance == least && !best)) {
			least = distance;
			best = *names;
		}
	}
	return best;
}
