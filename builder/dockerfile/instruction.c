/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of an instruction that has been read: its name, its flags, its heredocs. */
#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "builder/dockerfile/dockerfile.h"
#include "builder/dockerfile/heredoc.h"

#include <string.h>
#include <strings.h>

const char *const instruction_names[] = {
	[INSTRUCTION_ADD] = "ADD",
	[INSTRUCTION_ARG] = "ARG",
	[INSTRUCTION_CMD] = "CMD",
	[INSTRUCTION_COPY] = "COPY",
	[INSTRUCTION_ENTRYPOINT] = "ENTRYPOINT",
	[INSTRUCTION_ENV] = "ENV",
	[INSTRUCTION_EXPOSE] = "EXPOSE",
	[INSTRUCTION_FROM] = "FROM",
	[INSTRUCTION_HEALTHCHECK] = "HEALTHCHECK",
	[INSTRUCTION_LABEL] = "LABEL",
	[INSTRUCTION_MAINTAINER] = "MAINTAINER",
	[INSTRUCTION_ONBUILD] = "ONBUILD",
	[INSTRUCTION_RUN] = "RUN",
	[INSTRUCTION_SHELL] = "SHELL",
	[INSTRUCTION_STOPSIGNAL] = "STOPSIGNAL",
	[INSTRUCTION_USER] = "USER",
	[INSTRUCTION_VOLUME] = "VOLUME",
	[INSTRUCTION_WORKDIR] = "WORKDIR",
	[INSTRUCTION_COUNT] = NULL,
};

static const struct instruction_flag *find_last(const struct instruction *instruction,
						const char *name)
{
	for (size_t i = instruction->flag_count; i-- > 0;)
		if (strcmp(instruction->flags[i].name, name) == 0)
			return &instruction->flags[i];
	return NULL;
}

const char *instruction_flag(const struct instruction *instruction, const char *name)
{
	const struct instruction_flag *flag = find_last(instruction, name);

	if (!flag)
		return NULL;
	return flag->value ? flag->value : "";
}

int instruction_flag_is_set(const struct instruction *instruction, const char *name, bool *is_set,
			    struct error *err)
{
	const struct instruction_flag *flag = find_last(instruction, name);

	*is_set = flag && (!flag->value || strcasecmp(flag->value, "true") == 0);
	if (!flag || *is_set || strcasecmp(flag->value, "false") == 0)
		return 0;
	return error_set(err, ERROR_INVALID, "--%s is true or false, not '%.60s'", name,
			 flag->value);
}

const struct heredoc *instruction_heredoc(const struct instruction *instruction, const char *word)
{
	if (strncmp(word, "<<", 2) != 0)
		return NULL;
	for (size_t i = instruction->heredoc_count; i-- > 0;)
		if (strcmp(instruction->heredocs[i].name, word + 2) == 0)
			return &instruction->heredocs[i];
	return NULL;
}

const struct heredoc *instruction_script(const struct instruction *instruction)
{
	auto_arena struct arena arena = {0};
	struct heredoc heredoc;

	if (instruction->heredoc_count == 0 || instruction->is_json || !instruction->words[0] ||
	    !heredoc_parse(&heredoc, instruction->words[0], &arena))
		return NULL;
	return &instruction->heredocs[0];
}

const char *instruction_shell_text(const struct instruction *instruction, struct arena *arena)
{
	const struct heredoc *script = instruction_script(instruction);
	auto_strbuf struct strbuf text = {0};

	if (script)
		return script->content;
	strbuf_add(&text, instruction->words[0] ? instruction->words[0] : "");
	for (size_t i = 0; i < instruction->heredoc_count; i++)
		strbuf_printf(&text, "\n%s%s", instruction->heredocs[i].raw,
			      instruction->heredocs[i].name);
	return arena_string(arena, strbuf_text(&text));
}
