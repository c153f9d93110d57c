/* SPDX-License-Identifier: Apache-2.0 */
/* Words with what is known of their variables. */
#include "base/arena.h"
#include "base/nearest.h"
#include "builder/dockerfile/lint_private.h"

#include <string.h>

#define MOST_NAMES	 256 /* to look for a similar one among */
#define MOST_SUGGESTIONS 100 /* in all: nobody reads more */

/* Its variables, as if they had been set when the stage began. */
static void ask_image(struct lint *lint, struct lint_stage *stage)
{
	const struct lint_request *request = lint->request;
	char **env = NULL;

	stage->is_image_asked = true;
	stage->is_image_known = strcmp(stage->image, "scratch") == 0;
	if (!stage->is_image_known && request->image_env)
		env = request->image_env(stage->image, request->data);
	stage->is_image_known = stage->is_image_known || env;
	for (; env && *env; env++) {
		size_t length = strcspn(*env, "=");
		const char *name = arena_string_n(lint->arena, *env, length);

		if (!map_has(&stage->variables, name))
			map_set(&stage->variables, name,
				(*env)[length] ? *env + length + 1 : *env + length);
	}
}

static const struct map *find_in_stages(const struct lint_stage *stage, const char *name)
{
	const struct map *bottom = &stage->bottom->variables;

	for (; stage; stage = stage->above)
		if (map_has(&stage->variables, name))
			return &stage->variables;
	return map_has(bottom, name) ? bottom : NULL;
}

/* The map that has it. The image is asked only for what the file does not define. */
static const struct map *find_map(const struct lint_words *words, const char *name)
{
	const struct map *map;
	struct lint_stage *bottom;

	if (words->variables)
		return map_has(words->variables, name) ? words->variables : NULL;
	if (!words->lint->stage)
		return NULL;
	map = find_in_stages(words->lint->stage, name);
	bottom = words->lint->stage->bottom;
	if (map || bottom->is_image_asked)
		return map;
	ask_image(words->lint, bottom);
	return find_in_stages(bottom, name);
}

bool lint_is_defined(const struct lint_words *words, const char *name)
{
	return find_map(words, name) != NULL;
}

static const char *find_value(const char *name, void *data)
{
	const struct map *map = find_map(data, name);

	return map ? map_get(map, name) : NULL;
}

static void note_missing(const char *name, void *data)
{
	struct lint_words *words = data;

	if (!words->variables && words->lint->stage && !words->lint->stage->bottom->is_image_known)
		words->is_incomplete = true;
	else if (words->missing)
		words->missing(name, data);
}

static const char *expand_with(struct lint_words *words, struct expansion expansion,
			       const char *word)
{
	const char *expanded;

	expansion.lookup = find_value;
	expansion.missing = note_missing;
	expansion.data = words;
	expansion.arena = words->lint->arena;
	expanded = expand_word(&expansion, word, NULL);
	return expanded ? expanded : word;
}

const char *lint_expand(struct lint_words *words, const char *word)
{
	return expand_with(words, (struct expansion){.escape = words->lint->file->escape}, word);
}

static void expand_heredocs(struct lint_words *words, const struct instruction *instruction)
{
	struct expansion expansion = {.escape = '\\', .ignores_quotes = true};

	for (size_t i = 0; i < instruction->heredoc_count; i++)
		if (instruction->heredocs[i].expands)
			expand_with(words, expansion, instruction->heredocs[i].content);
}

static void expand_words_of(struct lint_words *words, const struct instruction *instruction)
{
	for (char **word = instruction->words; *word; word++)
		lint_expand(words, *word);
}

static void expand_copy(struct lint_words *words, const struct instruction *instruction)
{
	static const char *const flags[] = {"chown", "chmod", "checksum", NULL};

	for (const char *const *flag = flags; *flag; flag++)
		if (instruction_flag(instruction, *flag))
			lint_expand(words, instruction_flag(instruction, *flag));
	expand_words_of(words, instruction);
	expand_heredocs(words, instruction);
}

static void expand_pairs(struct lint_words *words, const struct instruction *instruction)
{
	for (size_t i = 0; i < instruction->pair_count; i++) {
		lint_expand(words, instruction->pairs[i].name);
		if (instruction->pairs[i].value)
			lint_expand(words, instruction->pairs[i].value);
	}
}

static void expand_mounts(struct lint_words *words, const struct instruction *instruction)
{
	for (size_t i = 0; i < instruction->flag_count; i++)
		if (strcmp(instruction->flags[i].name, "mount") == 0)
			lint_expand(words, instruction->flags[i].value);
}

void lint_expand_all(struct lint_words *words, const struct instruction *instruction)
{
	static void (*const kinds[INSTRUCTION_COUNT])(struct lint_words *,
						      const struct instruction *) = {
		[INSTRUCTION_ADD] = expand_copy,
		[INSTRUCTION_ARG] = expand_pairs,
		[INSTRUCTION_COPY] = expand_copy,
		[INSTRUCTION_ENV] = expand_pairs,
		[INSTRUCTION_LABEL] = expand_pairs,
		[INSTRUCTION_RUN] = expand_mounts,
		[INSTRUCTION_STOPSIGNAL] = expand_words_of,
		[INSTRUCTION_USER] = expand_words_of,
		[INSTRUCTION_VOLUME] = expand_words_of,
		[INSTRUCTION_WORKDIR] = expand_words_of,
	};

	if (kinds[instruction->kind])
		kinds[instruction->kind](words, instruction);
}

const char *lint_nearest(const struct lint_words *words, const char *name)
{
	const struct lint_stage *stage = words->lint->stage;
	const struct map *map = words->variables ? words->variables : &stage->variables;
	const char *names[MOST_NAMES + 1];
	size_t count = 0;

	if (words->lint->suggestions++ >= MOST_SUGGESTIONS)
		return NULL;

	while (map && count < MOST_NAMES) {
		map_each (entry, map) {
			if (count < MOST_NAMES)
				names[count++] = entry->key;
		}
		stage = words->variables ? NULL : stage->above;
		map = stage ? &stage->variables : NULL;
	}
	names[count] = NULL;
	return nearest_word(name, names);
}
