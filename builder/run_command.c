/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/run_command.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "builder/plan.h"
#include "builder/stage_config.h"

/* Is the line nothing but the mark of its one heredoc ("<<EOF", "3<<-'EOF'")? Then that is the
 * script; otherwise the shell reads it. */
static bool is_only_heredoc(const struct instruction *instruction, const char *line)
{
	if (instruction->heredoc_count != 1)
		return false;
	while (isdigit((unsigned char)*line))
		line++;
	if (strncmp(line, "<<", 2) != 0)
		return false;
	return !strpbrk(line + 2, "< \t");
}

/* The line with its heredocs behind it, for a shell. */
static const char *join(const struct instruction *instruction, const char *line,
			struct arena *arena)
{
	auto_strbuf struct strbuf text = {0};

	strbuf_add(&text, line);
	for (size_t i = 0; i < instruction->heredoc_count; i++) {
		const struct heredoc *heredoc = &instruction->heredocs[i];

		strbuf_add_char(&text, '\n');
		strbuf_add_n(&text, heredoc->content, heredoc->length);
		strbuf_add(&text, heredoc->name);
	}
	return arena_string(arena, strbuf_text(&text));
}

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
	const char *line = instruction->word_count > 0 ? instruction->words[0] : "";
	struct instruction shell = *instruction;
	char *words[2] = {NULL, NULL};

	*command = (struct run_command){0};
	if (!instruction->is_json && is_only_heredoc(instruction, line)) {
		line = instruction->heredocs[0].content;
		if (strncmp(line, "#!", 2) == 0) {
			make_file(command, &instruction->heredocs[0], arena);
			return;
		}
	} else if (!instruction->is_json && instruction->heredoc_count > 0) {
		line = join(instruction, line, arena);
	}
	words[0] = arena_string(arena, line);
	if (!instruction->is_json) {
		shell.words = words;
		shell.word_count = 1;
	}
	command->args = stage_config_command(stage, &shell, arena);
}
