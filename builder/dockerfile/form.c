/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/form.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "builder/dockerfile/flags.h"
#include "builder/dockerfile/form_private.h"
#include "builder/dockerfile/json_words.h"
#include "builder/dockerfile/words.h"

#include <string.h>
#include <strings.h>

/* What is to be split; @flags are out of it already. */
struct split {
	struct instruction *instruction;
	struct arena *arena;
	const char *text;
	char escape;
};

static void set_words(const struct split *split, const struct strvec *words)
{
	split->instruction->words = strvec_copy(words, split->arena);
	split->instruction->word_count = words->count;
}

static int split_text(struct split *split, struct error *err)
{
	auto_strvec struct strvec words = {0};

	(void)err;
	if (*split->text)
		strvec_add(&words, split->text);
	set_words(split, &words);
	return 0;
}

static int split_words(struct split *split, struct error *err)
{
	auto_strvec struct strvec words = {0};

	(void)err;
	words_split_blanks(&words, split->text);
	set_words(split, &words);
	return 0;
}

static int split_json_or(struct split *split, int (*other)(struct split *, struct error *),
			 struct error *err)
{
	auto_strvec struct strvec words = {0};
	int is_json = json_words_parse(&words, split->text, err);

	if (is_json <= 0)
		return is_json < 0 ? -1 : other(split, err);
	split->instruction->is_json = true;
	set_words(split, &words);
	return 0;
}

static int split_command(struct split *split, struct error *err)
{
	return split_json_or(split, split_text, err);
}

static int split_list(struct split *split, struct error *err)
{
	return split_json_or(split, split_words, err);
}

/* "CMD curl …", "NONE": the first word is no part of the command. */
static int split_health(struct split *split, struct error *err)
{
	const char *end = words_end(split->text);

	split->instruction->arguments = split->text;
	split->text = words_skip(end);
	return split_command(split, err);
}

static void add_pair(const struct split *split, const char *name, size_t length, const char *value)
{
	struct instruction *instruction = split->instruction;

	instruction->pairs = arena_grow(split->arena, instruction->pairs, instruction->pair_count,
					sizeof(struct pair));
	instruction->pairs[instruction->pair_count++] =
		(struct pair){.name = arena_string_n(split->arena, name, length),
			      .value = arena_string(split->arena, value)};
}

static int split_pairs_of(struct split *split, const struct strvec *words, bool needs_value,
			  struct error *err)
{
	strvec_each (word, words) {
		const char *equals = strchr(*word, '=');

		if (!equals && needs_value)
			return error_set(err, ERROR_INVALID,
					 "there is no = in '%.60s': %s takes NAME=VALUE, and a "
					 "value with spaces in quotes",
					 *word, instruction_names[split->instruction->kind]);
		add_pair(split, *word, equals ? (size_t)(equals - *word) : strlen(*word),
			 equals ? equals + 1 : NULL);
	}
	return 0;
}

static int split_args(struct split *split, struct error *err)
{
	auto_strvec struct strvec words = {0};

	words_split_quoted(&words, split->text, split->escape);
	return split_pairs_of(split, &words, false, err);
}

/* "ENV NAME all that follows", as it was written before there was "=". */
static int split_legacy_pair(struct split *split, struct error *err)
{
	const char *end = words_end(split->text);

	if (!*end)
		return error_set(err, ERROR_INVALID, "%s must have two arguments: NAME=VALUE",
				 instruction_names[split->instruction->kind]);
	split->instruction->is_legacy = true;
	add_pair(split, split->text, (size_t)(end - split->text), words_skip(end));
	return 0;
}

static int split_pairs(struct split *split, struct error *err)
{
	auto_strvec struct strvec words = {0};

	words_split_quoted(&words, split->text, split->escape);
	if (words.count && !strchr(words.items[0], '='))
		return split_legacy_pair(split, err);
	return split_pairs_of(split, &words, true, err);
}

enum count { ANY, ONE, SOME, PAIRS, TWO, OWN };

static const struct form {
	int (*split)(struct split *split, struct error *err);
	enum count count;
	int (*check)(struct instruction *instruction, struct arena *arena, struct error *err);
	bool takes_heredocs;
} forms[] = {
	[INSTRUCTION_ADD] = {split_list, TWO, form_check_copy, true},
	[INSTRUCTION_ARG] = {split_args, PAIRS, NULL, false},
	[INSTRUCTION_CMD] = {split_command, ANY, NULL, false},
	[INSTRUCTION_COPY] = {split_list, TWO, form_check_copy, true},
	[INSTRUCTION_ENTRYPOINT] = {split_command, ANY, NULL, false},
	[INSTRUCTION_ENV] = {split_pairs, PAIRS, NULL, false},
	[INSTRUCTION_EXPOSE] = {split_words, SOME, NULL, false},
	[INSTRUCTION_FROM] = {split_words, OWN, form_check_from, false},
	[INSTRUCTION_HEALTHCHECK] = {split_health, OWN, form_check_health, false},
	[INSTRUCTION_LABEL] = {split_pairs, PAIRS, NULL, false},
	[INSTRUCTION_MAINTAINER] = {split_text, ONE, NULL, false},
	[INSTRUCTION_ONBUILD] = {split_text, SOME, form_check_onbuild, false},
	[INSTRUCTION_RUN] = {split_command, ANY, NULL, true},
	[INSTRUCTION_SHELL] = {split_command, SOME, form_check_shell, false},
	[INSTRUCTION_STOPSIGNAL] = {split_text, ONE, NULL, false},
	[INSTRUCTION_USER] = {split_text, ONE, NULL, false},
	[INSTRUCTION_VOLUME] = {split_list, SOME, form_check_volume, false},
	[INSTRUCTION_WORKDIR] = {split_text, ONE, NULL, false},
};

enum instruction_kind form_find(const char *keyword)
{
	enum instruction_kind kind = 0;

	while (kind < INSTRUCTION_COUNT && strcasecmp(keyword, instruction_names[kind]) != 0)
		kind++;
	return kind;
}

static void split_flags(struct split *split)
{
	struct instruction *instruction = split->instruction;
	auto_strvec struct strvec flags = {0};
	size_t count = 0;

	split->text = words_split_flags(&flags, split->text, split->escape);
	instruction->flags =
		arena_array(split->arena, flags.count + 1, sizeof(struct instruction_flag));
	strvec_each (flag, &flags) {
		const char *equals = strchr(*flag, '=');
		size_t length = equals ? (size_t)(equals - *flag) : strlen(*flag);

		instruction->flags[count++] = (struct instruction_flag){
			.name = arena_string_n(split->arena, *flag + 2, length - 2),
			.value = equals ? arena_string(split->arena, equals + 1) : NULL};
	}
	instruction->flag_count = count;
}

int form_split(struct instruction *instruction, char escape, struct arena *arena, struct error *err)
{
	struct split split = {.instruction = instruction, .arena = arena, .escape = escape};
	static char *none[] = {NULL};

	split.text = words_skip(words_end(instruction->text));
	split_flags(&split);
	split.text = words_skip(split.text);
	instruction->arguments = split.text;
	instruction->words = none;
	return forms[instruction->kind].split(&split, err);
}

static int check_count(const struct instruction *instruction, enum count count, struct error *err)
{
	static const struct {
		size_t least, most;
		const char *text;
	} counts[] = {
		[ANY] = {0, SIZE_MAX, ""},
		[ONE] = {1, 1, "requires exactly one argument"},
		[SOME] = {1, SIZE_MAX, "requires at least one argument"},
		[PAIRS] = {1, SIZE_MAX, "requires at least one argument"},
		[TWO] = {2, SIZE_MAX,
			 "requires at least two arguments: one or more sources and the "
			 "destination"},
		[OWN] = {0, SIZE_MAX, ""},
	};
	size_t given = count == PAIRS ? instruction->pair_count : instruction->word_count;

	if (given >= counts[count].least && given <= counts[count].most)
		return 0;
	return error_set(err, ERROR_INVALID, "%s %s", instruction_names[instruction->kind],
			 counts[count].text);
}

static int check_names(const struct instruction *instruction, struct error *err)
{
	for (size_t i = 0; i < instruction->pair_count; i++)
		if (!*instruction->pairs[i].name)
			return error_set(err, ERROR_INVALID, "%s names cannot be blank",
					 instruction_names[instruction->kind]);
	return 0;
}

int form_check(struct instruction *instruction, struct arena *arena, struct error *err)
{
	const struct form *form = &forms[instruction->kind];

	if (flags_check(instruction, err) < 0 || check_count(instruction, form->count, err) < 0 ||
	    check_names(instruction, err) < 0)
		return -1;
	return form->check ? form->check(instruction, arena, err) : 0;
}

bool form_takes_heredocs(const struct instruction *instruction)
{
	return forms[instruction->kind].takes_heredocs && !instruction->is_json;
}
