/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/run_container.h - a container that has just been made is run, attached or not: what `run` of
 * a service and `container run` have in common.
 */
#pragma once

#include "engine/attach.h"

#include <stdbool.h>

struct container;
struct invocation;

struct run_container {
	struct invocation *invocation;
	const struct container *container;
	bool remove;		     /* with its anonymous volumes, when it has ended */
	struct attach_client client; /* which streams, and how; the rest is filled in */
};

/* Both say what fails, and return the exit code: its own, 0 when the user has left it, 125, 126 or
 * 127 when it could not start. */
int run_container_attached(struct run_container *run);
/* Prints its id. */
int run_container_detached(struct run_container *run);
