/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/container_tasks.h - verbs that take time, done to all containers that are named at once.
 */
#pragma once

#include "cli/command.h"

#include "engine/container.h"

/* Begins with one container; what it gets out of the task is waited for. */
typedef int container_tasks_begin(struct invocation *invocation, const struct container *container,
				  struct container_task *task, struct error *err);

struct container_tasks {
	container_tasks_begin *begin;
	const char *state; /* of a container when it is done: "stopped" */
};

/* A command's run, whose data is a struct container_tasks: begins with each argument, then waits
 * for all, prints their names in order and says what failed. */
int container_tasks_run(struct invocation *invocation, struct error *err);

/* The container that is named, healed. */
int container_named(struct invocation *invocation, const char *name, struct container *container,
		    struct error *err);
