/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Help, made from the command tables and option rows.
 */
#include "base/strbuf.h"
#include "cli/command.h"
#include "cli/output.h"

#include <string.h>

static void print(const struct strbuf *text)
{
	output_text(strbuf_text(text), text->length);
}

/* Nouns, or compose commands and short forms. */
static void list_commands(struct strbuf *out, const struct command_entry *table, bool nouns)
{
	for (; table->command; table++)
		if (!(table->command->needs & IS_HIDDEN) && command_runs(table->command) != nouns)
			strbuf_printf(out, "  %-12s %s\n", table->name, table->command->help);
}

void help_command(const char *path, const struct command *command)
{
	auto_strbuf struct strbuf text = {0};

	if (command->verbs && !command_runs(command)) {
		strbuf_printf(&text, "Usage: %s COMMAND\n\n%s\n\nCommands:\n", path, command->help);
		list_commands(&text, command->verbs, false);
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
		list_commands(&text, command->verbs, false);
		strbuf_printf(&text,
			      "\nA service that is called like one of these commands is reached "
			      "behind two dashes:\n'%s -- %s', or as 'coracle compose %s %s'.\n",
			      path, command->verbs->name, command->name, command->verbs->name);
	}
	print(&text);
}

void help_all(void)
{
	auto_strbuf struct strbuf text = {0};

	strbuf_add(&text, "Usage: coracle [OPTIONS] COMMAND\n\n"
			  "Runs Docker Compose projects without a daemon.\n\nCommands:\n");
	list_commands(&text, command_table, false);
	strbuf_add(&text, "\nSingle objects:\n");
	list_commands(&text, command_table, true);
	strbuf_add(&text, "\nOptions:\n");
	options_describe(&text, globals_options);
	strbuf_add(&text, "\n'coracle COMMAND --help' says more. 'coracle compose COMMAND' is the "
			  "same as 'coracle COMMAND'.\n");
	print(&text);
}
