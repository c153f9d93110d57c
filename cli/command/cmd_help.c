/* SPDX-License-Identifier: Apache-2.0 */
/* `help`: the general page or that of one command (cli/help.h). */
#include "base/error.h"
#include "base/strbuf.h"
#include "cli/command.h"

static int help_run(struct invocation *invocation, struct error *err)
{
	auto_strbuf struct strbuf path = {0};
	const struct command_entry *table = command_table;
	const struct command *command = NULL;

	strbuf_add(&path, "coracle");
	for (char **word = invocation->arguments; *word; word++) {
		command = table ? command_find(table, *word) : NULL;
		if (!command)
			return error_set(err, ERROR_INVALID, "unknown command '%s'", *word);
		strbuf_printf(&path, " %s", *word);
		table = command->verbs;
	}
	if (command)
		help_command(strbuf_text(&path), command);
	else
		help_all();
	return 0;
}

const struct command cmd_help = COMMAND("help", "[COMMAND]", "show what a command does",
					.needs = CHANGES_NOTHING, .most = 2, .run = help_run);
