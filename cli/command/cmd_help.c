/* SPDX-License-Identifier: Apache-2.0 */
/* `help`: the general page or that of one command (cli/help.h). */
#include "base/error.h"
#include "base/strbuf.h"
#include "cli/command.h"
#include "cli/front.h"

#include <string.h>

static int help_run(struct invocation *invocation, struct error *err)
{
	auto_strbuf struct strbuf path = {0};
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
	else
		help_all(front);
	return 0;
}

const struct command cmd_help = COMMAND("help", "[COMMAND]", "show what a command does",
					.needs = CHANGES_NOTHING, .most = 3, .run = help_run);
