/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/service_change.h - what commands that change services or stacks share: the lock, the tasks
 * that are told of on standard output, and going on in the background.
 */
#pragma once

#include "cli/command.h"
#include "compose/stack/stack_change.h"

#include <stdbool.h>

struct apply_event;

struct service_change {
	struct stack_change change; /* for compose/stack */
	struct stack stack;
	struct apply apply;
	struct invocation *invocation;
	const char *service; /* in the stack; NULL: it is about all of it */
	const char *say;     /* a line for standard output before anything happens; NULL */
	bool says_id;	     /* the service's, instead */
	bool detach, quiet, has_begun;
	bool is_background; /* this process does what a command has left to it */
	bool is_left;	    /* this one has left it */
	size_t replicas;
	struct strvec running; /* containers that do */
};

#define SERVICE_DETACH(tag, member)                                                                \
	OPTION(BOOL, "detach", 'd', tag, member,                                                   \
	       "End at once instead of waiting until its tasks run")

#define auto_service_change __attribute__((cleanup(service_change_end)))

/* Takes the lock of the stack and reads it; @text is a service's name or id. ERROR_NOT_FOUND: the
 * lock of the stack is held all the same. */
int service_change_begin(struct service_change *change, struct invocation *invocation,
			 const char *text, struct error *err);
int service_change_begin_stack(struct service_change *change, struct invocation *invocation,
			       const char *name, struct error *err);
void service_change_end(struct service_change *change);

/* stack_change for the one service, with its tasks on standard output. */
int service_change_run(struct service_change *change, const json *model, struct error *err);
int service_change_roll_back(struct service_change *change, struct error *err);
/* For `begun`: false in the command, which is done with it then; true in the process behind its
 * back that does what is left, and that service_change_end ends. */
bool service_change_detach(struct service_change *change);
