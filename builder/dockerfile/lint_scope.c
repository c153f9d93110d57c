/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of variables, and of the rest that rules ask for, as the walk goes on. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "builder/dockerfile/lint_private.h"

#include <ctype.h>
#include <string.h>

#define DEEPEST_STAGE 256 /* of which variables are looked for one by one */

/* Which platform it is for does not matter here; that it is one does. */
static const struct pair predefined[] = {
	{"BUILDPLATFORM", "linux/amd64"},
	{"BUILDOS", "linux"},
	{"BUILDOSVERSION", ""},
	{"BUILDARCH", "amd64"},
	{"BUILDVARIANT", ""},
	{"TARGETPLATFORM", "linux/amd64"},
	{"TARGETOS", "linux"},
	{"TARGETOSVERSION", ""},
	{"TARGETARCH", "amd64"},
	{"TARGETVARIANT", ""},
	{"TARGETSTAGE", "default"},
};

static void set(struct map *variables, const char *name, const char *value)
{
	*map_slot(variables, name) = (void *)value;
}

static const char *build_arg(const struct lint *lint, const char *name)
{
	return pair_find(lint->request->build_args, lint->request->build_arg_count, name);
}

/* An ARG before the first FROM, as it is and as if nothing had been given. */
static void apply_global(struct lint *lint, const struct pair *arg)
{
	struct lint_words given = {.lint = lint, .variables = &lint->variables};
	struct lint_words defaults = {.lint = lint, .variables = &lint->defaults};
	const char *value = build_arg(lint, arg->name);

	if (arg->value) {
		set(&lint->defaults, arg->name, lint_expand(&defaults, arg->value));
		value = value ? value : lint_expand(&given, arg->value);
	}
	set(&lint->variables, arg->name, value);
}

static void count_casing(struct lint *lint)
{
	size_t lower = 0, upper = 0;
	bool has_stage = false;

	for (size_t i = 0; i < lint->file->count; i++) {
		const struct instruction *instruction = &lint->file->instructions[i];
		bool has_lower = false, has_upper = false;

		has_stage = has_stage || instruction->kind == INSTRUCTION_FROM;
		for (const char *c = instruction->keyword; *c; c++) {
			has_lower = has_lower || islower((unsigned char)*c);
			has_upper = has_upper || isupper((unsigned char)*c);
		}
		lower += has_stage && has_lower && !has_upper;
		upper += has_stage && has_upper && !has_lower;
	}
	lint->is_mostly_lower = lower > upper;
}

void lint_scope_open(struct lint *lint)
{
	for (size_t i = 0; i < array_length(predefined); i++) {
		const char *given = build_arg(lint, predefined[i].name);

		set(&lint->variables, predefined[i].name, given ? given : predefined[i].value);
		set(&lint->defaults, predefined[i].name, predefined[i].value);
	}
	for (size_t i = 0; i < lint->file->count; i++) {
		const struct instruction *instruction = &lint->file->instructions[i];

		if (instruction->kind == INSTRUCTION_FROM)
			break;
		for (size_t k = 0; k < instruction->pair_count; k++)
			apply_global(lint, &instruction->pairs[k]);
	}
	count_casing(lint);
	lint_find_stages(lint);
}

void lint_scope_close(struct lint *lint)
{
	for (size_t i = 0; i < lint->stage_count; i++)
		map_release(&lint->stages[i].variables);
	map_release(&lint->variables);
	map_release(&lint->defaults);
	map_release(&lint->names);
	map_release(&lint->missing);
}

/* All that is above it into its own. */
static void flatten(struct lint_stage *stage)
{
	for (const struct lint_stage *from = stage->above; from; from = from->above)
		map_each (entry, &from->variables) {
			if (!map_has(&stage->variables, entry->key))
				map_set(&stage->variables, entry->key, entry->value);
		}
	stage->above = NULL;
	stage->depth = 0;
}

/* What the stage below has said is all there when this one begins. */
static void enter_on_stage(struct lint_stage *stage)
{
	struct lint_stage *base = stage->base;

	stage->has_shell = base->has_shell;
	stage->has_working_dir = base->has_working_dir;
	stage->bottom = base->bottom;
	stage->above = base->variables.count ? base : base->above;
	stage->depth = base->depth + (stage->above == base);
	if (stage->depth > DEEPEST_STAGE)
		flatten(stage);
}

void lint_scope_enter(struct lint *lint)
{
	struct lint_stage *stage = lint->stage;
	struct lint_words words = {.lint = lint, .variables = &lint->variables};

	stage->bottom = stage;
	if (stage->base) {
		enter_on_stage(stage);
		return;
	}
	set(&stage->variables, "PATH", "");
	stage->image = lint_expand(&words, stage->from->words[0]);
}

static void apply_arg(struct lint *lint, const struct pair *arg)
{
	struct lint_words words = {.lint = lint};
	const char *value = build_arg(lint, arg->name);

	if (!value && arg->value)
		value = lint_expand(&words, arg->value);
	if (!value)
		value = map_get(&lint->variables, arg->name);
	set(&lint->stage->variables, arg->name, value);
}

/* Each value is made of what was before the instruction. */
static void apply_env(struct lint *lint, const struct instruction *instruction)
{
	struct lint_words words = {.lint = lint};
	size_t count = instruction->pair_count;
	struct pair *pairs = arena_array(lint->arena, count + 1, sizeof(*pairs));

	for (size_t i = 0; i < count; i++)
		pairs[i] = (struct pair){lint_expand(&words, instruction->pairs[i].name),
					 lint_expand(&words, instruction->pairs[i].value)};
	for (size_t i = 0; i < count; i++)
		set(&lint->stage->variables, pairs[i].name, pairs[i].value);
}

void lint_scope_apply(struct lint *lint, const struct instruction *instruction)
{
	struct lint_stage *stage = lint->stage;

	if (!stage)
		return;
	if (instruction->stage_name)
		map_set(&lint->names, instruction->stage_name, stage);
	if (instruction->kind == INSTRUCTION_ENV)
		apply_env(lint, instruction);
	for (size_t i = 0; i < instruction->pair_count && instruction->kind == INSTRUCTION_ARG; i++)
		apply_arg(lint, &instruction->pairs[i]);
	stage->has_shell = stage->has_shell || instruction->kind == INSTRUCTION_SHELL;
	stage->has_working_dir = stage->has_working_dir || instruction->kind == INSTRUCTION_WORKDIR;
	stage->last[instruction->kind] = instruction;
}
