/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/lint.h"

#include "base/arena.h"
#include "builder/dockerfile/directive.h"
#include "builder/dockerfile/lint_private.h"

#include <stdlib.h>
#include <string.h>

static bool names_rule(char *const *rules, const char *name)
{
	for (; rules && *rules; rules++)
		if (strcmp(*rules, "all") == 0 || strcmp(*rules, name) == 0)
			return true;
	return false;
}

/* @own: what a comment above the instruction says for it alone. */
static bool is_wanted(const struct lint *lint, const struct lint_rule *rule,
		      const struct dockerfile_check *own)
{
	const struct dockerfile_check *whole = &lint->file->check;

	if (rule->is_of_needed && lint->stage && !lint->stage->is_needed)
		return false;
	if (rule->is_experimental)
		return names_rule(whole->experimental, rule->name) ||
		       names_rule(own->experimental, rule->name);
	return !names_rule(whole->skip, rule->name) && !names_rule(own->skip, rule->name);
}

static void apply_rules(struct lint *lint, const struct instruction *instruction)
{
	struct dockerfile_check own = {0};

	directive_read_comment(&own, instruction->comment, lint->arena);
	map_release(&lint->missing);
	for (const struct lint_rule *rule = lint_rules; rule->name; rule++) {
		lint->rule = rule;
		if (rule->check && is_wanted(lint, rule, &own))
			rule->check(lint, instruction);
	}
}

static void walk(struct lint *lint)
{
	size_t next = 0;

	for (size_t i = 0; i < lint->file->count; i++) {
		const struct instruction *instruction = &lint->file->instructions[i];

		if (instruction->kind == INSTRUCTION_FROM) {
			lint->stage = &lint->stages[next++];
			lint_scope_enter(lint);
		}
		lint->instruction = instruction;
		apply_rules(lint, instruction);
		lint_scope_apply(lint, instruction);
	}
}

static void add_parsers(struct lint *lint)
{
	for (size_t i = 0; i < lint->file->warning_count; i++)
		if (!names_rule(lint->file->check.skip, lint->file->warnings[i].rule))
			lint_add(lint, lint->file->warnings[i]);
}

/* By lines; what was found first stays first among those of one line. */
static int compare(const void *a, const void *b)
{
	const struct dockerfile_warning *const *one = a, *const *other = b;

	if ((*one)->line != (*other)->line)
		return (*one)->line < (*other)->line ? -1 : 1;
	return *one < *other ? -1 : 1;
}

static struct dockerfile_warning *sorted(const struct lint *lint)
{
	const struct dockerfile_warning **places =
		arena_array(lint->arena, lint->count + 1, sizeof(*places));
	struct dockerfile_warning *warnings =
		arena_array(lint->arena, lint->count + 1, sizeof(*warnings));

	for (size_t i = 0; i < lint->count; i++)
		places[i] = &lint->warnings[i];
	qsort(places, lint->count, sizeof(*places), compare);
	for (size_t i = 0; i < lint->count; i++)
		warnings[i] = *places[i];
	return warnings;
}

struct dockerfile_warning *lint_dockerfile(const struct lint_request *request, size_t *count,
					   struct arena *arena)
{
	struct lint lint = {.request = request, .file = request->dockerfile, .arena = arena};

	add_parsers(&lint);
	lint_scope_open(&lint);
	walk(&lint);
	lint_scope_close(&lint);
	*count = lint.count;
	return sorted(&lint);
}

const char *lint_describe(const char *name)
{
	for (const struct lint_rule *rule = lint_rules; rule->name; rule++)
		if (strcmp(rule->name, name) == 0)
			return rule->about;
	return NULL;
}
