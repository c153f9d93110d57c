/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/unknown.h - what was typed and is not there: the error, with what was probably meant.
 */
#pragma once

#include "cli/command.h"

struct project;

/* All return -1. */
int unknown_service(const struct project *project, const char *name, struct error *err);
/* @noun is what was typed before it, "image ", or "". */
int unknown_command(const struct command_entry *table, const char *noun, const char *word,
		    struct error *err);
/* Adds to the error of options_parse where options are told: of @command, called @name; or, with
 * NULL, of those before the command in @words. */
int unknown_option(const struct command *command, const char *name, char *const *words,
		   struct error *err);
