/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "cli/command.h"
#include "cli/front.h"
#include "cli/help_layout.h"
#include "cli/screen/output.h"
#include "cli/screen/terminal.h"

#include <string.h>
#include <unistd.h>

/* Text in the second column begins at the same place in all rows of a list. */
struct list {
	struct strbuf *out;
	size_t column, width;
};

static void widen(struct list *list, size_t columns)
{
	size_t most = list->width * 2 / 5 < 34 ? list->width * 2 / 5 : 34;

	if (columns + 2 > list->column)
		list->column = columns + 2 < most ? columns + 2 : most;
}

static void add_sentence(struct strbuf *out, size_t indent, size_t width, const char *text)
{
	auto_strbuf struct strbuf sentence = {0};

	strbuf_printf(&sentence, "%s.", text);
	help_layout_text(out, indent, width, strbuf_text(&sentence));
}

/* ------------------------------------------------------------------ options */

static void name_option(struct strbuf *name, const struct option_spec *spec)
{
	const char *value = options_value_name(spec);

	if (spec->letter)
		strbuf_printf(name, "  -%c, --%s", spec->letter, spec->name);
	else
		strbuf_printf(name, "      --%s", spec->name);
	if (*value)
		strbuf_printf(name, " %s", value);
}

static void add_options(struct strbuf *out, const struct option_spec *specs, size_t width)
{
	auto_free const struct option_spec **shown = options_shown(specs);
	struct list list = {.out = out, .width = width};

	for (size_t i = 0; shown[i]; i++) {
		auto_strbuf struct strbuf name = {0};

		name_option(&name, shown[i]);
		widen(&list, name.length);
	}
	for (size_t i = 0; shown[i]; i++) {
		auto_strbuf struct strbuf name = {0}, text = {0};

		name_option(&name, shown[i]);
		options_describe(&text, shown[i]);
		help_layout_row(out, strbuf_text(&name), list.column, width, strbuf_text(&text));
	}
}

/* ------------------------------------------------------------------ commands */

static void add_command(const struct list *list, const char *before, const char *name,
			const struct command *command)
{
	auto_strbuf struct strbuf left = {0};

	strbuf_printf(&left, "  %s%s", before, name);
	help_layout_row(list->out, strbuf_text(&left), list->column, list->width, command->help);
}

static void add_verbs(struct strbuf *out, const char *before, const struct command_entry *verbs,
		      size_t width)
{
	struct list list = {.out = out, .width = width};
	const struct command_entry *row;

	for (row = verbs; row->command; row++)
		widen(&list, 2 + strlen(before) + strlen(row->name));
	for (row = verbs; row->command; row++)
		if (command_is_shown(verbs, row))
			add_command(&list, before, row->name, row->command);
}

static void add_usage(struct strbuf *out, const char *path, const struct command *command,
		      size_t width)
{
	auto_strbuf struct strbuf usage = {0};

	strbuf_printf(&usage, "%s%s %s", path, command->options ? " [OPTIONS]" : "",
		      command->usage);
	strbuf_add(out, "Usage: ");
	help_layout_text(out, 7, width, strbuf_text(&usage));
}

static void add_examples(struct strbuf *out, const char *path, const struct command *command,
			 size_t width)
{
	const struct command_example *example = command->examples;

	strbuf_add(out, command->examples[1].effect ? "\nExamples:\n" : "\nExample:\n");
	for (size_t i = 0; i < array_length(command->examples) && example[i].effect; i++) {
		strbuf_printf(out, "  %s%s%s\n      ", path, *example[i].words ? " " : "",
			      example[i].words);
		add_sentence(out, 6, width, example[i].effect);
	}
}

static const char *first_shown(const struct command_entry *verbs)
{
	const struct command_entry *row = verbs;

	while (!command_is_shown(verbs, row))
		row++;
	return row->name;
}

static void add_verbs_of(struct strbuf *out, const char *path, const struct command *command,
			 size_t width)
{
	auto_strbuf struct strbuf more = {0};

	if (command_runs(command))
		strbuf_printf(out, "\nUsage: %s COMMAND\n", path);
	strbuf_add(out, "\nCommands:\n");
	add_verbs(out, "", command->verbs, width);
	strbuf_add_char(out, '\n');
	if (command_runs(command) && command->needs & SERVICE_ARGUMENTS)
		strbuf_printf(
			&more,
			"A service that is called like one of these commands keeps its meaning: "
			"'%s %s' is about the service '%s' where the project has one.",
			path, first_shown(command->verbs), first_shown(command->verbs));
	else if (command_runs(command))
		strbuf_printf(
			&more,
			"A service that is called like one of these commands is reached behind "
			"two dashes, '%s -- %s', or as 'coracle compose %s %s'.",
			path, command->verbs->name, command->name, command->verbs->name);
	else
		strbuf_printf(&more, "'%s COMMAND --help' says more.", path);
	help_layout_text(out, 0, width, strbuf_text(&more));
}

void help_of_command(struct strbuf *out, const char *path, const struct command *command,
		     size_t width)
{
	add_usage(out, path, command, width);
	strbuf_add_char(out, '\n');
	add_sentence(out, 0, width, command->help);
	if (command->options) {
		strbuf_add(out, "\nOptions:\n");
		add_options(out, command->options, width);
	}
	if (command->verbs)
		add_verbs_of(out, path, command, width);
	add_examples(out, path, command, width);
}

/* ------------------------------------------------------------------ all of a front */

typedef void each_word(const struct list *list, const struct front *front, const char *word);

static void for_words(struct list *list, const struct front *front, const struct front_group *group,
		      each_word *act)
{
	const char *words = group->words;

	while (*words) {
		auto_strbuf struct strbuf word = {0};
		size_t length = strcspn(words, " ");

		strbuf_add_n(&word, words, length);
		act(list, front, strbuf_text(&word));
		words += length + strspn(words + length, " ");
	}
}

static void add_word(const struct list *list, const struct front *front, const char *word)
{
	add_command(list, "", word, front_find(front, word));
}

static void add_comma(const struct list *list, const struct front *front, const char *word)
{
	(void)front;
	strbuf_printf(list->out, "%s%s", list->out->length ? ", " : "", word);
}

static void add_verbs_of_word(const struct list *list, const struct front *front, const char *word)
{
	const struct command *command = front_find(front, word);
	auto_strbuf struct strbuf before = {0};

	if (!command->verbs || command_runs(command))
		return;
	strbuf_printf(list->out, "\n%s:\n", command->help);
	strbuf_printf(&before, "%s ", word);
	add_verbs(list->out, strbuf_text(&before), command->verbs, list->width);
}

/* The names alone, behind the title. */
static void add_brief(struct list *list, const struct front *front, const struct front_group *group)
{
	auto_strbuf struct strbuf names = {0};
	struct list commas = {.out = &names};

	for_words(&commas, front, group, add_comma);
	strbuf_printf(list->out, "%s: ", group->title);
	help_layout_text(list->out, 2, list->width, strbuf_text(&names));
}

static void add_group(struct list *list, const struct front *front, const struct front_group *group)
{
	strbuf_printf(list->out, "%s:\n", group->title);
	for_words(list, front, group, add_word);
}

static void begin(struct strbuf *out, const struct front *front, size_t width)
{
	strbuf_printf(out, "Usage: %s [OPTIONS] COMMAND\n\n", front->name);
	help_layout_text(out, 0, width, front->purpose);
	strbuf_add_char(out, '\n');
}

/* As wide as the longest name of a command. */
#define NAME_COLUMN 13

void help_of_front(struct strbuf *out, const struct front *front, size_t width)
{
	struct list list = {.out = out, .column = NAME_COLUMN, .width = width};
	auto_strbuf struct strbuf more = {0};

	begin(out, front, width);
	for (const struct front_group *group = front->groups; group->title; group++) {
		if (group->size == GROUP_LATER)
			continue;
		if (group->size == GROUP_NAMED) {
			add_brief(&list, front, group);
			continue;
		}
		add_group(&list, front, group);
		strbuf_add_char(out, '\n');
	}
	strbuf_printf(&more, "'%s COMMAND --help' says more, '%s help --all' lists everything.",
		      front->name, front->name);
	strbuf_add_char(out, '\n');
	help_layout_text(out, 0, width, strbuf_text(&more));
}

void help_of_all(struct strbuf *out, const struct front *front, size_t width)
{
	struct list list = {.out = out, .column = NAME_COLUMN, .width = width};
	const struct front_group *group;

	begin(out, front, width);
	for (group = front->groups; group->title; group++) {
		add_group(&list, front, group);
		strbuf_add(out, group[1].title ? "\n" : "");
	}
	for (group = front->groups; group->title; group++)
		for_words(&list, front, group, add_verbs_of_word);
	strbuf_add(out, "\nOptions, in front of the command:\n");
	for (size_t i = 0; front->globals[i]; i++)
		add_options(out, front->globals[i], width);
	strbuf_printf(out, "\n'%s COMMAND --help' explains a command.\n", front->name);
	if (front->compose)
		strbuf_printf(out, "Commands of Docker Compose are also behind '%s'.\n",
			      front->compose->name);
}

/* ------------------------------------------------------------------ on stdout */

static size_t width_here(void)
{
	size_t rows, columns;

	terminal_size(STDOUT_FILENO, &rows, &columns);
	return columns;
}

void help_command(const char *path, const struct command *command)
{
	auto_strbuf struct strbuf text = {0};

	help_of_command(&text, path, command, width_here());
	output_text(strbuf_text(&text), text.length);
}

void help_front(const struct front *front)
{
	auto_strbuf struct strbuf text = {0};

	help_of_front(&text, front, width_here());
	output_text(strbuf_text(&text), text.length);
}

void help_all(const struct front *front)
{
	auto_strbuf struct strbuf text = {0};

	help_of_all(&text, front, width_here());
	output_text(strbuf_text(&text), text.length);
}
