/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/stack/stack_change.h - door: stacks are deployed, updated, rolled back, removed.
 *
 * First what is wanted is written down, then reality is made equal to it; what a killed command
 * left undone is done by the next one on that stack. Everybody holds the project's lock.
 */
#pragma once

#include "base/strvec.h"
#include "compose/stack/stack.h"

#include <stdint.h>

struct apply;
struct arena;
struct error;
struct layout;

/* A label of the model's whose number counts the updates without a change. */
#define SERVICE_FORCED "com.docker.swarm.force-update"

/* How the update of one service ended. */
enum stack_end { STACK_COMPLETED, STACK_PAUSED, STACK_ROLLED_BACK };

struct stack_change {
	struct stack *stack;	   /* as it is on disk */
	const struct apply *apply; /* engine, limit, progress; the project is the stack's */
	struct arena *arena;
	/* Called when the new model is checked and written, before anything else happens; NULL.
	 * False: another process does the rest. */
	bool (*begun)(const struct stack_change *change, void *data);
	void *data;
	char **services;       /* those that are asked for, short; NULL: all */
	struct strvec created; /* afterwards: services that are new; the caller releases it */
};

/* ERROR_CONFLICT: a compose project @project would be a stack that is there, too. */
int stack_check_project(const struct layout *layout, const char *project, struct error *err);
/* ERROR_CONFLICT: containers of a compose project would be the stack's. */
int stack_check_containers(const struct stack_change *change, struct error *err);

/* Takes @model (owned by the caller) for the stack's. ERROR_INVALID: it is wrong, and nothing has
 * changed. Other errors: how the first service failed; stack_update_end says more. */
int stack_change(struct stack_change *change, const json *model, struct error *err);
/* @service goes back to what it was before its last change. ERROR_INVALID: there was none. */
int stack_roll_back(struct stack_change *change, const char *service, struct error *err);
/* How the last update of a service ended, and why it did not as it should. */
enum stack_end stack_update_end(const struct stack *stack, const char *service,
				const char **message);

/* Stops and removes a service; the stack of a single service goes with it. */
int stack_remove_service(struct stack_change *change, const char *service, struct error *err);
/* All of it, but volumes. */
int stack_remove(struct stack_change *change, struct error *err);
