/* SPDX-License-Identifier: Apache-2.0 */
/* Which stages there are, what they are built on, and which of them the target needs. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "builder/dockerfile/lint_private.h"

#include <ctype.h>
#include <string.h>

struct finder {
	struct lint *lint;
	struct map names; /* of stages so far */
};

static struct lint_stage *find(const struct finder *finder, const char *name)
{
	auto_free char *lower = strdup(name);

	for (char *c = lower; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return map_get(&finder->names, lower);
}

static void add_need(const struct finder *finder, struct lint_stage *stage, struct lint_stage *need)
{
	if (!need || need == stage)
		return;
	stage->needs = arena_grow(finder->lint->arena, stage->needs, stage->need_count,
				  sizeof(*stage->needs));
	stage->needs[stage->need_count++] = need;
}

/* COPY takes numbers, too. */
static void add_copied(const struct finder *finder, struct lint_stage *stage, const char *from)
{
	struct lint_stage *stages = finder->lint->stages;
	int64_t number;

	if (units_parse_int(&number, from, 0, INT32_MAX, NULL) < 0)
		add_need(finder, stage, find(finder, from));
	else if (number < stage - stages)
		add_need(finder, stage, &stages[number]);
}

static void add_mounted(const struct finder *finder, struct lint_stage *stage, const char *mount)
{
	for (const char *field = mount; field; field = strchr(field, ',')) {
		field += *field == ',';
		if (strncmp(field, "from=", 5) == 0) {
			const char *name = arena_string_n(finder->lint->arena, field + 5,
							  strcspn(field + 5, ","));

			add_need(finder, stage, find(finder, name));
		}
	}
}

static void add_needs(const struct finder *finder, struct lint_stage *stage,
		      const struct instruction *instruction)
{
	const char *from = instruction_flag(instruction, "from");

	if (from)
		add_copied(finder, stage, from);
	for (size_t i = 0; i < instruction->flag_count; i++)
		if (strcmp(instruction->flags[i].name, "mount") == 0)
			add_mounted(finder, stage, instruction->flags[i].value);
}

static void begin_stage(struct finder *finder, const struct instruction *from)
{
	struct lint *lint = finder->lint;
	struct lint_words words = {.lint = lint, .variables = &lint->variables};
	struct lint_stage *stage = &lint->stages[lint->stage_count++];
	struct lint_stage *base = find(finder, lint_expand(&words, from->words[0]));

	*stage = (struct lint_stage){.from = from, .base = base};
	add_need(finder, stage, base);
	if (from->stage_name)
		map_set(&finder->names, from->stage_name, stage);
}

/* Stages need only those before them. */
static void mark_needed(struct lint *lint, const char *target, const struct finder *finder)
{
	struct lint_stage *named = target ? find(finder, target) : NULL;

	if (lint->stage_count)
		lint->stages[lint->stage_count - 1].is_needed = !named;
	if (named)
		named->is_needed = true;
	for (size_t i = lint->stage_count; i-- > 0;) {
		struct lint_stage *stage = &lint->stages[i];

		stage->is_needed = stage->is_needed || lint->request->has_all_targets;
		for (size_t k = 0; k < stage->need_count && stage->is_needed; k++)
			stage->needs[k]->is_needed = true;
	}
}

void lint_find_stages(struct lint *lint)
{
	const struct dockerfile *file = lint->file;
	struct finder finder = {.lint = lint};

	lint->stages = arena_array(lint->arena, file->count + 1, sizeof(*lint->stages));
	for (size_t i = 0; i < file->count; i++) {
		const struct instruction *instruction = &file->instructions[i];

		if (instruction->kind == INSTRUCTION_FROM)
			begin_stage(&finder, instruction);
		else if (lint->stage_count)
			add_needs(&finder, &lint->stages[lint->stage_count - 1], instruction);
	}
	mark_needed(lint, lint->request->target, &finder);
	map_release(&finder.names);
}
