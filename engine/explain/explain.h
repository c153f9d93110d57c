/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/explain/explain.h - door: why a name or a port is reachable or is not, in plain words.
 *
 * What is said is looked at, not supposed: the container's responder is asked, the sockets that
 * listen in its namespace are read, and the kernel's table is searched.
 */
#pragma once

#include "base/strvec.h"

#include <stdbool.h>

struct arena;
struct container;
struct engine;
struct error;

struct explanation {
	struct strvec lines; /* what belongs to the line above it begins with two blanks */
	bool has_problem;    /* something is not reachable that somebody may expect to be */
};
#define auto_explanation __attribute__((cleanup(explain_release)))
void explain_release(struct explanation *explanation);

/* By the container's name or id, or that of a service with one project. ERROR_NOT_FOUND. */
int explain_find(struct engine *engine, const char *name, struct container *container,
		 struct arena *arena, struct error *err);
/* What @name is in @from. */
int explain_name(struct engine *engine, const struct container *from, const char *name,
		 struct explanation *out, struct error *err);
/* Where the container's ports can be reached. */
int explain_ports(struct engine *engine, const struct container *container, struct explanation *out,
		  struct error *err);
