/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/run_command.h - the command line of a RUN, with its heredocs. Pure.
 */
#pragma once

#include "base/pair.h"

struct arena;
struct instruction;
struct stage;

struct run_command {
	char **args;
	struct pair *files; /* a script that names its own interpreter: /dev/pipes/NAME */
	size_t file_count;
};

void run_command_make(struct run_command *command, const struct stage *stage,
		      const struct instruction *instruction, struct arena *arena);
