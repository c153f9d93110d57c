/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/stack/stack_tasks.h - door: the tasks of services: containers, and those that were.
 */
#pragma once

#include "base/json.h"
#include "compose/stack/stack.h"

struct engine;

struct stack_task {
	const char *id;	       /* 25 characters, of the container's id */
	const char *container; /* its id; NULL for a past one */
	const char *service;   /* the full name */
	const char *service_id;
	int slot;
	const char *image;
	const char *state;	     /* "running", "failed", "shutdown", … */
	bool is_wanted;		     /* to run */
	const char *error;	     /* ""; "task: non-zero exit (1)" */
	const char *created, *since; /* RFC 3339: it exists, it is in that state */
};

/* Of one service, by slot, the newest first. */
int stack_tasks_list(struct stack_task **tasks, size_t *count, const struct stack_service *service,
		     struct engine *engine, struct arena *arena, struct error *err);
