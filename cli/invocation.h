/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/invocation.h - what commands do with what dispatch prepared: the lock, the apply request, and
 * the containers that their arguments mean.
 */
#pragma once

#include "cli/command.h"

#include "compose/model/project.h"
#include "engine/container.h"

/* The project's lock, ROOT/projects/NAME.lock; waits for it, and says so after two seconds. Taken
 * already is fine. Commands that go on for long after the change (up, run) release it early. */
int invocation_lock(struct invocation *invocation, struct error *err);
/* The same for a compose project: ERROR_CONFLICT when a stack or service is called so. */
int invocation_lock_project(struct invocation *invocation, struct error *err);
void invocation_unlock(struct invocation *invocation);

/* project_load with everything that is wrong on stderr when there is more than one thing; the text
 * of @err is empty then. */
int invocation_load(struct invocation *invocation, const struct project_request *request,
		    struct project *project, struct error *err);
/* A request for compose/apply with the arguments as services. */
struct apply invocation_apply(struct invocation *invocation);
/* Another --progress (NULL: as it was, or what BUILDKIT_PROGRESS says) and where plain lines of
 * builds go. */
int invocation_set_progress(struct invocation *invocation, const char *text, int build_fd,
			    struct error *err);
/* Ends the progress block, before other output. */
void invocation_end_progress(struct invocation *invocation);
/* From now on Ctrl-C makes invocation->cancel_fd readable, which invocation_apply passes on; the
 * second one ends the process. */
int invocation_catch(struct invocation *invocation, struct error *err);
bool invocation_is_cancelled(const struct invocation *invocation);
/* It ends the process again, or is what somebody else makes of it. */
void invocation_uncatch(struct invocation *invocation);
/* What was caught so (ECANCELED) is said, with how to go on, and has code 130; -1 with other
 * errors. */
int invocation_interrupted(struct invocation *invocation, const struct error *err);
/* Adds to @err, if it is what was caught so, how to go on. */
void invocation_add_way_on(const struct invocation *invocation, struct error *err);
/* A line on stderr that is no error: "No stopped containers". */
void invocation_say(struct invocation *invocation, const char *text);

/* The exit code of what was interrupted. */
#define CODE_INTERRUPTED 130

struct container_list {
	struct container *items;
	size_t count;
};

/* The project's containers of @services (NULL: all). */
int invocation_list(struct invocation *invocation, char **services, bool one_offs,
		    struct container_list *list, struct error *err);

struct container_choice {
	const char *service;
	int index; /* 0: the lowest, one-offs only when there is nothing else */
	bool need_running;
};
/* ERROR_NOT_FOUND: `service "x" is not running container #2`. */
int invocation_choose(struct invocation *invocation, const struct container_choice *choice,
		      struct container *container, struct error *err);

/* Labels. "" and 0 when missing. */
/* "SERVICE=N" rows as compose/apply takes them; memory from the arena. */
int invocation_scales(struct invocation *invocation, const struct strvec *rows,
		      struct apply_scale **scales, struct error *err);

/* Over all arguments: goes on after a failure, says each, and returns 1 when there was one. -1 with
 * ECANCELED. */
int invocation_each(struct invocation *invocation, command_action *action, struct error *err);
/* The message on stderr, as cli/wording has it. */
void invocation_error(const struct invocation *invocation, const struct error *err);
