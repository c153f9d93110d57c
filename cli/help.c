/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Help, made from the command tables and option rows.
 */
#include "base/strbuf.h"
#include "cli/command.h"
#include "cli/front.h"
#include "cli/screen/output.h"

#include <string.h>

static void print(const struct strbuf *text)
{
	output_text(strbuf_text(text), text->length);
}

/* Nouns, or commands that run. */
static void list_command(struct strbuf *out, const struct command_entry *row, bool nouns)
{
	if (!(row->command->needs & IS_HIDDEN) && command_runs(row->command) != nouns)
		strbuf_printf(out, "  %-12s %s\n", row->name, row->command->help);
}

static void list_verbs(struct strbuf *out, const struct command_entry *table)
{
	for (; table->command; table++)
		list_command(out, table, false);
}

void help_command(const char *path, const struct command *command)
{
	auto_strbuf struct strbuf text = {0};

	if (command->verbs && !command_runs(command)) {
		strbuf_printf(&text, "Usage: %s COMMAND\n\n%s\n\nCommands:\n", path, command->help);
		list_verbs(&text, command->verbs);
		strbuf_printf(&text, "\n'%s COMMAND --help' says more.\n", path);
		print(&text);
		return;
	}
	strbuf_printf(&text, "Usage: %s%s%s%s\n\n%s\n", path, command->options ? " [OPTIONS]" : "",
		      *command->usage ? " " : "", command->usage, command->help);
	if (command->options) {
		strbuf_add(&text, "\nOptions:\n");
		options_describe(&text, command->options);
	}
	if (command->verbs) {
		strbuf_printf(&text, "\nUsage: %s COMMAND\n\nCommands:\n", path);
		list_verbs(&text, command->verbs);
		strbuf_printf(&text,
			      "\nA service that is called like one of these commands is reached "
			      "behind two dashes:\n'%s -- %s', or as 'coracle compose %s %s'.\n",
			      path, command->verbs->name, command->name, command->verbs->name);
	}
	print(&text);
}

static bool is_shown_before(const struct front *front, size_t table, const char *name)
{
	for (size_t i = 0; i < table; i++)
		if (command_find(front->tables[i], name))
			return true;
	return false;
}

/* The nouns of all tables, or the others. */
static void list_front(struct strbuf *out, const struct front *front, bool nouns)
{
	for (size_t i = 0; front->tables[i]; i++)
		for (const struct command_entry *row = front->tables[i]; row->command; row++)
			if (!is_shown_before(front, i, row->name))
				list_command(out, row, nouns);
}

void help_all(const struct front *front)
{
	auto_strbuf struct strbuf text = {0};

	strbuf_printf(&text, "Usage: %s [OPTIONS] COMMAND\n\n%s\n\nCommands:\n", front->name,
		      front->purpose);
	list_front(&text, front, false);
	if (front->tables[0] == command_docker || front->tables[1]) {
		strbuf_add(&text, "\nSingle objects:\n");
		list_front(&text, front, true);
	}
	strbuf_add(&text, "\nOptions:\n");
	for (size_t i = 0; front->globals[i]; i++)
		options_describe(&text, front->globals[i]);
	strbuf_printf(&text, "\n'%s COMMAND --help' says more.", front->name);
	if (front->compose)
		strbuf_printf(&text, " Commands of Docker Compose are behind '%s'.",
			      front->compose->name);
	strbuf_add_char(&text, '\n');
	print(&text);
}
