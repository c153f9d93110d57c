/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/plan.h - what a Dockerfile means for one target: its stages, what each is built on and
 * takes from, and the steps that make layers.
 */
#pragma once

#include "base/digest.h"
#include "base/json.h"
#include "builder/dockerfile/dockerfile.h"
#include "builder/scope.h"
#include "builder/source/context.h"
#include "builder/step_copy.h"
#include "builder/step_run.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct build;
struct stage;

/* Layers, and the key of what made them. */
struct layer_stack {
	char key[DIGEST_HEX_SIZE];
	char **chain_ids, **diff_ids; /* bottom first, NULL-terminated */
	size_t count;
	int64_t created_s; /* the uppermost */
};

enum step_kind { STEP_COPY, STEP_RUN, STEP_WORKDIR };
enum step_state { STEP_WAITING, STEP_RUNNING, STEP_DONE };

struct step {
	enum step_kind kind;
	int number;
	const char *name;
	const struct stage *stage;
	const struct line *line;
	struct step *below; /* NULL: the stage's base */
	const char *user;
	struct step_copy copy;
	struct step_run run;
	const char *directory; /* WORKDIR */
	/* as it goes */
	enum step_state state;
	bool is_cached, was_missed; /* not in the cache */
	bool is_inexact; /* files of a context changed meanwhile: the key is not theirs */
	char key[DIGEST_HEX_SIZE];
	struct layer_stack result;
};

/* An instruction of a stage: a trigger of its base, or its own. */
struct line {
	struct instruction instruction;
	bool is_trigger;
	/* COPY: the stage of --from, or none. RUN: one for each mount, NULL: the context, or what
	 * takes from nothing. */
	struct stage **sources;
	size_t source_count;
};

enum base_kind {
	BASE_SCRATCH,
	BASE_STAGE,
	BASE_IMAGE,
	BASE_CONTEXT /* files without a configuration: a named context */
};

struct stage {
	const struct instruction *from; /* NULL: an image or context that COPY or a mount names */
	const char *name;		/* of AS, in lower case; NULL */
	const char *label;		/* in the names of steps: "build", "stage-1", or "" */
	size_t index;
	int line, end_line; /* where to complain */
	const char *base_name;
	const char *platform; /* "os/architecture[/variant]" */
	enum base_kind base_kind;
	const char *context_value; /* of a named context that replaces it or its base; NULL */
	struct stage *base;
	struct context *context; /* BASE_CONTEXT */
	struct line *lines;
	size_t line_count;
	bool is_needed, is_resolved;
	bool is_uncached; /* --no-cache */
	/* what it is like at its end */
	struct scope scope;
	json *document;
	bool has_cmd;	/* CMD in this stage */
	bool is_copied; /* of a context that others are built on: its first step copies it */
	struct layer_stack bottom; /* BASE_IMAGE, BASE_SCRATCH */
	size_t inherited_history;  /* entries that came with an image */
	size_t named_steps;	   /* so far: they are counted from 1 */
	int from_number;	   /* of the event of FROM; 0: none */
	const char *from_name;
	struct step **steps;
	size_t step_count;
};

struct plan {
	const struct dockerfile *dockerfile;
	struct scope globals;
	struct stage **stages; /* those of the file, in its order, then others that they name */
	size_t count, file_count;
	struct stage *target;
	int numbers; /* of steps that were given so far */
};

/* Stages with their bases and needs; what the target needs is marked. Bases are not resolved yet:
 * triggers of images may add needs, so plan_need is called again after they were spliced in. */
int plan_make(struct build *build, struct error *err);
int plan_add_triggers(struct build *build, struct stage *stage, char *const *triggers,
		      struct error *err);
int plan_need(struct build *build, struct error *err);
/* The layers of a stage (of its base, when it has no step). Only when it is done. */
const struct layer_stack *plan_result(const struct stage *stage);
const struct layer_stack *plan_below(const struct step *step);
bool plan_is_done(const struct stage *stage);
