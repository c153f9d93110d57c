/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about how instructions are written, whatever their variables are. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/strvec.h"
#include "builder/dockerfile/lint_private.h"
#include "builder/dockerfile/words.h"

#include <ctype.h>
#include <string.h>

static bool is_lower(const char *text)
{
	while (*text && !isupper((unsigned char)*text))
		text++;
	return !*text;
}

static bool is_upper(const char *text)
{
	while (*text && !islower((unsigned char)*text))
		text++;
	return !*text;
}

void lint_check_casing(struct lint *lint, const struct instruction *instruction)
{
	const char *keyword = instruction->keyword;

	if (!lint->stage)
		return;
	if (lint->is_mostly_lower ? !is_lower(keyword) : !is_upper(keyword))
		lint_report(lint, instruction->line,
			    "Command '%s' should match the case of the command majority (%s)",
			    keyword, lint->is_mostly_lower ? "lowercase" : "uppercase");
}

/* "as" and the name as they are written; false: FROM has none. */
static bool find_name(struct lint *lint, const struct instruction *from, const char **as,
		      const char **name)
{
	auto_strvec struct strvec words = {0};

	if (from->kind != INSTRUCTION_FROM || !from->stage_name)
		return false;
	words_split_blanks(&words, from->arguments);
	*as = arena_string(lint->arena, words.items[1]);
	*name = arena_string(lint->arena, words.items[2]);
	return true;
}

void lint_check_from_casing(struct lint *lint, const struct instruction *instruction)
{
	const char *keyword = instruction->keyword, *as, *name;

	if (!find_name(lint, instruction, &as, &name) || (!is_lower(keyword) && !is_upper(keyword)))
		return;
	if (is_lower(keyword) ? !is_lower(as) : !is_upper(as))
		lint_report(lint, instruction->line, "'%s' and '%s' keywords' casing do not match",
			    as, keyword);
}

void lint_check_stage_casing(struct lint *lint, const struct instruction *instruction)
{
	const char *as, *name;

	if (find_name(lint, instruction, &as, &name) && !is_lower(name))
		lint_report(lint, instruction->line, "Stage name '%.100s' should be lowercase",
			    name);
}

void lint_check_duplicate_stage(struct lint *lint, const struct instruction *instruction)
{
	const char *name = instruction->stage_name;

	if (name && map_has(&lint->names, name))
		lint_report(lint, instruction->line,
			    "Duplicate stage name \"%.100s\", stage names should be unique", name);
}

void lint_check_reserved_stage(struct lint *lint, const struct instruction *instruction)
{
	const char *name = instruction->stage_name;

	if (name && (strcmp(name, "context") == 0 || strcmp(name, "scratch") == 0))
		lint_report(lint, instruction->line,
			    "Stage name should not use the same name as reserved stage \"%s\"",
			    name);
}

/* With a SHELL that was chosen, somebody has thought of it. */
void lint_check_json(struct lint *lint, const struct instruction *instruction)
{
	bool is_command =
		instruction->kind == INSTRUCTION_CMD || instruction->kind == INSTRUCTION_ENTRYPOINT;

	if (is_command && !instruction->is_json && !lint->stage->has_shell)
		lint_report(lint, instruction->line,
			    "JSON arguments recommended for %s to prevent unintended behavior "
			    "related to OS signals",
			    instruction->keyword);
}

void lint_check_legacy(struct lint *lint, const struct instruction *instruction)
{
	if (instruction->is_legacy)
		lint_report(lint, instruction->line,
			    "\"%s key=value\" should be used instead of legacy \"%s key value\" "
			    "format",
			    instruction->keyword, instruction->keyword);
}

void lint_check_maintainer(struct lint *lint, const struct instruction *instruction)
{
	if (instruction->kind == INSTRUCTION_MAINTAINER)
		lint_report(lint, instruction->line,
			    "Maintainer instruction is deprecated in favor of using label");
}

/* It is the one before that has no effect. */
void lint_check_repeated(struct lint *lint, const struct instruction *instruction)
{
	enum instruction_kind kind = instruction->kind;
	bool is_single = kind == INSTRUCTION_CMD || kind == INSTRUCTION_ENTRYPOINT ||
			 kind == INSTRUCTION_HEALTHCHECK;

	if (is_single && lint->stage->last[kind])
		lint_report(lint, lint->stage->last[kind]->line,
			    "Multiple %s instructions should not be used in the same stage because "
			    "only the last one will be used",
			    instruction->keyword);
}

static bool begins_with_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	return strncmp(text, word, length) == 0 && (!text[length] || text[length] == ' ');
}

void lint_check_description(struct lint *lint, const struct instruction *instruction)
{
	const char *comment = instruction->comment;
	const char *example =
		instruction->pair_count == 1 ? instruction->pairs[0].name : "<arg_key>";

	if (!comment || !*comment || strncmp(comment, "check=", 6) == 0)
		return;
	if (instruction->kind == INSTRUCTION_FROM) {
		example = instruction->stage_name;
		if (!example || begins_with_word(comment, example))
			return;
	} else if (instruction->kind != INSTRUCTION_ARG) {
		return;
	}
	for (size_t i = 0; i < instruction->pair_count; i++)
		if (begins_with_word(comment, instruction->pairs[i].name))
			return;
	lint_report(lint, instruction->line,
		    "Comment for %s should follow the format: `# %.100s <description>`",
		    instruction_names[instruction->kind], example);
}
