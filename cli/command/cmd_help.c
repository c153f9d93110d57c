/* SPDX-License-Identifier: Apache-2.0 */
/* `help`: the first screen, all commands, or the page of one command (cli/help.h). */
#include "base/error.h"
#include "base/strbuf.h"
#include "cli/command.h"
#include "cli/front.h"
#include "cli/help.h"

#include <string.h>

struct help_options {
	bool all;
};

static const struct option_spec help_options[] = {
	OPTION(BOOL, "all", 'a', help_options, all,
	       "List all commands, and the options before them"),
	{0},
};

static int help_run(struct invocation *invocation, struct error *err)
{
	auto_strbuf struct strbuf path = {0};
	const struct help_options *options = invocation->options;
	const struct front *front = invocation->front;
	const struct command *command = NULL;
	char **word = invocation->arguments;

	if (*word && front->compose && strcmp(*word, "compose") == 0) {
		front = front->compose;
		word++;
	}
	strbuf_add(&path, front->name);
	for (; *word; word++) {
		if (!command)
			command = front_find(front, *word);
		else
			command = command->verbs ? command_find(command->verbs, *word) : NULL;
		if (!command)
			return error_set(err, ERROR_INVALID, "unknown command '%s'", *word);
		strbuf_printf(&path, " %s", *word);
	}
	if (command)
		help_command(strbuf_text(&path), command);
	else if (options->all)
		help_all(front);
	else
		help_front(front);
	return 0;
}

const struct command cmd_help =
	COMMAND("help", "[COMMAND]", "Show how to use a command",
		EXAMPLE("up", "Explain the command up"), .needs = CHANGES_NOTHING, .most = 3,
		COMMAND_OPTIONS(help_options, help_options), .run = help_run);
