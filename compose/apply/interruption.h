/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/interruption.h - door: what a command leaves half done that was told to stop
 * (apply->cancel_fd): counted, and said in the text of ECANCELED.
 */
#pragma once

#include "compose/apply/apply.h"

#include <stddef.h>

struct error;
struct executor;

/* The text of ECANCELED as long as nobody has counted. */
#define INTERRUPTED "interrupted"

/* "interrupted: 3 of 5 things are STATE"; @thing in the singular. Returns -1. */
int interruption_count(size_t done, size_t total, const char *thing, const char *state,
		       struct error *err);
/* The same of containers, of which @left go on without who began it. */
int interruption_of_tasks(size_t done, size_t total, size_t left, const char *state,
			  struct error *err);
/* Unless somebody has counted already: how many containers of what was asked for (dependencies
 * included) are "started", "created". Other errors are passed on. Returns -1. */
int interruption_of_start(const struct apply *apply, const char *state, struct error *err);
/* The same of what was begun for many, and needs nobody to go on. */
int interruption_of_executor(const struct executor *executor, const char *state, struct error *err);
