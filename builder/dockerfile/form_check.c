/* SPDX-License-Identifier: Apache-2.0 */
/* What only instructions of one kind may not say: names of stages, empty volumes, triggers. */
#include "builder/dockerfile/form_private.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "builder/dockerfile/dockerfile.h"
#include "builder/dockerfile/heredoc.h"
#include "builder/dockerfile/words.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Sources that are heredocs become "<<NAME", however they were written. */
int form_check_copy(struct instruction *instruction, struct arena *arena, struct error *err)
{
	struct heredoc heredoc;

	for (size_t i = 0; i < instruction->word_count && !instruction->is_json; i++) {
		if (!heredoc_parse(&heredoc, instruction->words[i], arena))
			continue;
		if (i + 1 == instruction->word_count)
			return error_set(err, ERROR_INVALID,
					 "%s cannot take a heredoc for its destination",
					 instruction_names[instruction->kind]);
		instruction->words[i] = arena_format(arena, "<<%s", heredoc.name);
	}
	return 0;
}

static bool is_stage_name(const char *name)
{
	if (!islower((unsigned char)*name))
		return false;
	for (; *name; name++)
		if (!islower((unsigned char)*name) && !isdigit((unsigned char)*name) &&
		    !strchr("-_.", *name))
			return false;
	return true;
}

int form_check_from(struct instruction *instruction, struct arena *arena, struct error *err)
{
	char **words = instruction->words;
	char *name;

	if (instruction->word_count == 1)
		return 0;
	if (instruction->word_count != 3 || strcasecmp(words[1], "as") != 0)
		return error_set(
			err, ERROR_INVALID,
			"FROM requires either one or three arguments: FROM IMAGE [AS NAME]");
	name = arena_string(arena, words[2]);
	for (char *c = name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	if (!is_stage_name(name))
		return error_set(err, ERROR_INVALID,
				 "invalid name for a build stage: '%.60s'; it begins with a letter "
				 "and has letters, digits, - _ .",
				 words[2]);
	instruction->stage_name = name;
	words[1] = NULL;
	instruction->word_count = 1;
	return 0;
}

int form_check_shell(struct instruction *instruction, struct arena *arena, struct error *err)
{
	(void)arena;
	if (!instruction->is_json)
		return error_set(err, ERROR_INVALID,
				 "SHELL requires the arguments to be in JSON form: "
				 "SHELL [\"/bin/bash\", \"-c\"]");
	return 0;
}

int form_check_volume(struct instruction *instruction, struct arena *arena, struct error *err)
{
	for (size_t i = 0; i < instruction->word_count; i++) {
		char *volume = arena_string(arena, words_skip(instruction->words[i]));

		volume[words_trimmed(volume)] = '\0';
		if (!*volume)
			return error_set(err, ERROR_INVALID, "a VOLUME cannot be an empty string");
		instruction->words[i] = volume;
	}
	return 0;
}

int form_check_onbuild(struct instruction *instruction, struct arena *arena, struct error *err)
{
	static const char *const refused[] = {"ONBUILD", "FROM", "MAINTAINER"};
	const char *trigger = instruction->words[0];
	size_t length = (size_t)(words_end(trigger) - trigger);

	(void)arena;
	for (size_t i = 0; i < array_length(refused); i++)
		if (length == strlen(refused[i]) && strncasecmp(trigger, refused[i], length) == 0)
			return error_set(err, ERROR_INVALID,
					 "%s is not allowed as the trigger of ONBUILD", refused[i]);
	return 0;
}
