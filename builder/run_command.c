/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/run_command.h"

#include <string.h>

#include "base/arena.h"
#include "builder/plan.h"
#include "builder/stage_config.h"

static void make_file(struct run_command *command, const struct heredoc *heredoc,
		      struct arena *arena)
{
	char **args = arena_array(arena, 2, sizeof(*args));

	args[0] = arena_format(arena, "/dev/pipes/%s", heredoc->name);
	command->args = args;
	command->files = arena_alloc(arena, sizeof(*command->files));
	command->files[0] = (struct pair){heredoc->name, heredoc->content};
	command->file_count = 1;
}

void run_command_make(struct run_command *command, const struct stage *stage,
		      const struct instruction *instruction, struct arena *arena)
{
	const struct heredoc *script = instruction_script(instruction);
	struct instruction shell = *instruction;
	char *words[2] = {NULL, NULL};

	*command = (struct run_command){0};
	if (script && strncmp(script->content, "#!", 2) == 0) {
		make_file(command, script, arena);
		return;
	}
	if (!instruction->is_json) {
		words[0] = arena_string(arena, instruction_shell_text(instruction, arena));
		shell.words = words;
		shell.word_count = 1;
	}
	command->args = stage_config_command(stage, &shell, arena);
}
