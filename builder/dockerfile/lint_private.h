/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/dockerfile/lint_private.h - a Dockerfile while its rules are applied.
 *
 * Instructions are walked once, in order; each rule looks at each of them, with what is known of
 * variables before it.
 */
#pragma once

#include "base/map.h"
#include "builder/dockerfile/dockerfile.h"
#include "builder/dockerfile/expand.h"
#include "builder/dockerfile/lint.h"

#include <stdbool.h>
#include <stddef.h>

struct lint_stage {
	const struct instruction *from;
	struct lint_stage *base;   /* the stage that it is built on; NULL: an image */
	struct lint_stage **needs; /* those that it takes from, all before it */
	size_t need_count;
	bool is_needed; /* by the target */
	/* What is known of it where the walk is. */
	struct map variables; /* to values; NULL: declared without one */
	/* Where else variables may be: those that it is built on and that have some, which are few
	 * (else they are all in @variables); and in the end the one that is built on an image. */
	struct lint_stage *above, *bottom;
	unsigned depth;
	const char *image;		     /* it is built on; NULL: on a stage */
	bool is_image_asked, is_image_known; /* for its variables, when one is not defined here */
	bool has_shell, has_working_dir;
	const struct instruction *last[INSTRUCTION_COUNT]; /* of each kind, in this stage */
};

struct lint_rule;

struct lint {
	const struct lint_request *request;
	const struct dockerfile *file;
	struct arena *arena;
	struct lint_stage *stages;
	size_t stage_count;
	struct map names;     /* of stages, so far: to their structs */
	struct map variables; /* those before the first FROM, and the predefined */
	struct map defaults;  /* the same as if no build arguments were given */
	bool is_mostly_lower; /* the keywords */
	/* what is looked at */
	struct lint_stage *stage; /* NULL: before the first FROM */
	const struct instruction *instruction;
	const struct lint_rule *rule;
	struct map missing;   /* variables that have been reported for this instruction */
	unsigned suggestions; /* that were looked for */
	/* what was found */
	struct dockerfile_warning *warnings;
	size_t count;
};

struct lint_rule {
	const char *name, *about; /* lint_describe's text */
	bool is_experimental;
	bool is_of_needed; /* only stages that the target needs are looked at */
	void (*check)(struct lint *lint, const struct instruction *instruction);
};
extern const struct lint_rule lint_rules[]; /* up to one without a name */

/* lint_report.c */
void lint_add(struct lint *lint, struct dockerfile_warning warning);
/* Of the rule that is applied. */
void lint_report(struct lint *lint, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* lint_scope.c */
void lint_scope_open(struct lint *lint);
void lint_scope_close(struct lint *lint);
/* The walk has come to lint->stage. */
void lint_scope_enter(struct lint *lint);
/* What an instruction changes for those behind it. */
void lint_scope_apply(struct lint *lint, const struct instruction *instruction);

/* lint_expand.c */
struct lint_words {
	struct lint *lint;
	const struct map *variables; /* NULL: of the current stage */
	/* Called with names that nobody has defined, @data being this; NULL. */
	void (*missing)(const char *name, void *data);
	bool is_incomplete; /* set: an image that nobody knows may have one of them */
};
bool lint_is_defined(const struct lint_words *words, const char *name);
/* Its variables replaced; as it is when that cannot be. */
const char *lint_expand(struct lint_words *words, const char *word);
/* The same for all words of an instruction that have variables. */
void lint_expand_all(struct lint_words *words, const struct instruction *instruction);
/* A defined variable that may have been meant; NULL. */
const char *lint_nearest(const struct lint_words *words, const char *name);

/* lint_stages.c */
/* Fills the array of stages: what they are built on, who is needed. */
void lint_find_stages(struct lint *lint);

/* lint_form.c */
void lint_check_casing(struct lint *lint, const struct instruction *instruction);
void lint_check_from_casing(struct lint *lint, const struct instruction *instruction);
void lint_check_stage_casing(struct lint *lint, const struct instruction *instruction);
void lint_check_duplicate_stage(struct lint *lint, const struct instruction *instruction);
void lint_check_reserved_stage(struct lint *lint, const struct instruction *instruction);
void lint_check_json(struct lint *lint, const struct instruction *instruction);
void lint_check_legacy(struct lint *lint, const struct instruction *instruction);
void lint_check_maintainer(struct lint *lint, const struct instruction *instruction);
void lint_check_repeated(struct lint *lint, const struct instruction *instruction);
void lint_check_description(struct lint *lint, const struct instruction *instruction);
/* lint_values.c */
void lint_check_ignored(struct lint *lint, const struct instruction *instruction);
void lint_check_expose_form(struct lint *lint, const struct instruction *instruction);
void lint_check_expose_casing(struct lint *lint, const struct instruction *instruction);
void lint_check_constant_platform(struct lint *lint, const struct instruction *instruction);
void lint_check_redundant_platform(struct lint *lint, const struct instruction *instruction);
void lint_check_default_base(struct lint *lint, const struct instruction *instruction);
void lint_check_from_variables(struct lint *lint, const struct instruction *instruction);
void lint_check_variables(struct lint *lint, const struct instruction *instruction);
void lint_check_secrets(struct lint *lint, const struct instruction *instruction);
void lint_check_working_dir(struct lint *lint, const struct instruction *instruction);
