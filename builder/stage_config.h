/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/stage_config.h - instructions that make no layer: what they change in the configuration
 * of the image and in the variables of what follows.
 */
#pragma once

#include <stdbool.h>

struct arena;
struct build;
struct error;
struct instruction;
struct stage;

int stage_config_apply(struct build *build, struct stage *stage,
		       const struct instruction *instruction, struct error *err);

/* The arguments of a shell form by the stage's shell; those of a JSON form as they are. */
char **stage_config_command(const struct stage *stage, const struct instruction *instruction,
			    struct arena *arena);
/* The member of the image's "config"; "" when it is not there. */
const char *stage_config_text(const struct stage *stage, const char *name);
