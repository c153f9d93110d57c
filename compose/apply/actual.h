/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/actual.h - what exists of a project, found by its labels.
 */
#pragma once

#include "engine/container.h"

struct arena;
struct error;

struct actual {
	struct container *containers; /* by service and number, one-offs last */
	size_t count;
};

int actual_load(struct actual *actual, struct engine *engine, const char *project,
		struct arena *arena, struct error *err);

const char *actual_service(const struct container *container); /* "" when it has no such label */
int actual_number(const struct container *container);
bool actual_is_one_off(const struct container *container);
/* That of a pre_start hook, which is a one-off, too. */
bool actual_is_hook(const struct container *container);
/* The replica of that number, NULL when there is none; during a recreation the successor. */
struct container *actual_find(const struct actual *actual, const char *service, int number);
/* Does @container's depends_on label name @service? */
bool actual_depends_on(const struct container *container, const char *service);
