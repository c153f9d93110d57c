/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which columns the options of ps mean.
 */
#include "base/cleanup.h"
#include "base/error.h"
#include "describe/process_private.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int add_column(struct process_columns *columns, const char *text, size_t length,
		      struct error *err)
{
	const char *equals = memchr(text, '=', length);
	size_t name = equals ? (size_t)(equals - text) : length;
	const struct process_column *column = process_column_find(text, name);

	if (!column)
		return error_set(err, ERROR_INVALID,
				 "ps: unknown user-defined format specifier \"%.*s\"", (int)name,
				 text);
	if (columns->count == array_length(columns->items))
		return error_set(err, ERROR_INVALID, "ps: too many columns");
	snprintf(columns->titles[columns->count], sizeof(columns->titles[0]), "%.*s",
		 equals ? (int)(length - name - 1) : 99, equals ? equals + 1 : column->title);
	columns->items[columns->count++] = column;
	return 0;
}

/* "pid,comm args"; a title behind "=" goes to the end, as ps has it. */
static int add_columns(struct process_columns *columns, const char *text, struct error *err)
{
	for (size_t length; *text; text += length) {
		text += strspn(text, ", ");
		length = strcspn(text, ", =");
		if (text[length] == '=')
			length = strlen(text);
		if (length && add_column(columns, text, length, err) < 0)
			return -1;
	}
	return 0;
}

/* A format that a letter stands for: columns, each with another title behind "=", between blanks.
 */
static int add_format(struct process_columns *columns, const char *text, struct error *err)
{
	for (size_t length; *text; text += length) {
		text += strspn(text, " ");
		length = strcspn(text, " ");
		if (add_column(columns, text, length, err) < 0)
			return -1;
	}
	return 0;
}

struct letter {
	char letter;
	const char *format;
};

static const struct letter unix_formats[] = {
	{'F', "user=UID pid ppid c sz rss psr stime tname=TTY time cmd"},
	{'f', "user=UID pid ppid c stime tname=TTY time cmd"},
	{'j', "pid pgid sid tname=TTY time ucmd"},
	{'l', "f s uid pid ppid c opri=PRI ni addr sz wchan tname=TTY time ucmd"},
	{0},
};

static const struct letter bsd_formats[] = {
	{'j', "ppid pid pgid sid tname=TTY tpgid stat uid bsdtime args"},
	{'l', "f uid pid ppid opri=PRI ni vsz rss wchan stat tname=TTY bsdtime args"},
	{'u', "user pid %cpu %mem vsz rss tname=TTY stat start_time bsdtime args"},
	{0},
};

/* Which processes (those of the container, whatever is asked for) and how wide (all of it). */
#define UNIX_OTHERS "Aadew"
#define BSD_OTHERS  "awx"

/* What the words say until now. */
struct reading {
	struct process_columns *columns;
	const char *format;
	bool is_bsd;
};

static int read_letter(struct reading *reading, char letter, const char *word, struct error *err)
{
	bool is_unix = *word == '-';
	const struct letter *format = is_unix ? unix_formats : bsd_formats;

	if (strchr(is_unix ? UNIX_OTHERS : BSD_OTHERS, letter))
		return 0;
	while (format->letter && format->letter != letter)
		format++;
	if (!format->letter)
		return error_set(err, ERROR_UNSUPPORTED,
				 "ps: the option '%c' of '%s' is not available: columns can be "
				 "chosen, as with '-ef', 'aux' or '-o pid,args'",
				 letter, word);
	reading->format = format->format;
	return 0;
}

/* The letters of one word up to an "o", whose argument is what is left of it or the next word. */
static int read_letters(struct reading *reading, const char *word, char *const **next,
			struct error *err)
{
	bool is_unix = *word == '-';
	const char *list;

	reading->is_bsd = reading->is_bsd || !is_unix;
	for (const char *at = word + is_unix; *at; at++) {
		if (*at != 'o') {
			if (read_letter(reading, *at, word, err) < 0)
				return -1;
			continue;
		}
		list = at[1] ? at + 1 : **next ? *(*next)++ : NULL;
		if (list)
			return add_columns(reading->columns, list, err);
		return error_set(err, ERROR_INVALID, "ps: format specification must follow -o");
	}
	return 0;
}

static int read_word(struct reading *reading, const char *word, char *const **next,
		     struct error *err)
{
	if (strncmp(word, "--format=", 9) == 0)
		return add_columns(reading->columns, word + 9, err);
	if (strcmp(word, "--format") == 0 && **next)
		return add_columns(reading->columns, *(*next)++, err);
	if (strncmp(word, "--", 2) == 0)
		return error_set(err, ERROR_UNSUPPORTED, "ps: the option '%s' is not available",
				 word);
	return read_letters(reading, word, next, err);
}

static const char *default_format(const struct reading *reading, bool has_words)
{
	if (reading->format)
		return reading->format;
	if (!has_words)
		return "user=UID pid ppid c stime tname=TTY time cmd";
	return reading->is_bsd ? "pid tname=TTY stat bsdtime args" : "pid tname=TTY time ucmd";
}

int process_columns_parse(struct process_columns *columns, char *const *words, struct error *err)
{
	struct reading reading = {.columns = columns};
	bool has_words = words && *words;

	*columns = (struct process_columns){0};
	while (words && *words) {
		const char *word = *words++;

		if (read_word(&reading, word, &words, err) < 0)
			return -1;
	}
	if (!columns->count && add_format(columns, default_format(&reading, has_words), err) < 0)
		return -1;
	for (size_t i = 0; i < columns->count; i++)
		if (strcmp(columns->titles[i], "PID") == 0)
			return 0;
	return error_set(err, ERROR_INVALID, "Couldn't find PID field in ps output");
}
