/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/unknown.h - what was typed and is not there: the error, with what was probably meant.
 */
#pragma once

#include "cli/command.h"

struct container_choice;
struct container_list;
struct project;

/* All return -1. */
int unknown_service(const struct project *project, const char *name, struct error *err);
/* None of the containers of the service is what was chosen: says how it has ended, which there are,
 * or how to have one. */
int unknown_container(const struct container_choice *choice, const struct container_list *list,
		      struct error *err);
/* The service or compose file of @err is not there: adds the command on single objects when @name
 * is one of them, or any would be meant (NULL). */
int unknown_hint_object(const struct invocation *invocation, const char *name, struct error *err);
/* @noun: the command whose verb was to follow; NULL: none, it is a command of @front. */
int unknown_command(const struct front *front, const struct command *noun, const char *word,
		    struct error *err);
/* An option where a verb must stand. */
int unknown_option_of_noun(const struct invocation *invocation, const char *word,
			   struct error *err);
/* Adds to the error of options_parse where options are told: of the invocation's command, or, while
 * there is none, of those before the command in @words. */
int unknown_option(const struct invocation *invocation, char *const *words, struct error *err);
