/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/stack/stack_deploy.h - door: a stack out of compose files.
 */
#pragma once

#include "compose/stack/stack_change.h"

#include <stdbool.h>

struct strvec;

struct stack_deploy {
	char **files; /* "-" is standard input */
	char **environment;
	bool prune;		 /* services that the files lack go */
	struct strvec *services; /* afterwards: those of the files, sorted */
};

/* Loads the files for @change's stack: *model is the stack's new one. Secrets and configs of the
 * files are in the store then. The caller frees it. */
int stack_deploy_model(json **model, struct stack_change *change, const struct stack_deploy *deploy,
		       struct error *err);
/* Is it a name for a stack? ERROR_INVALID. */
int stack_deploy_check_name(const char *name, struct error *err);
