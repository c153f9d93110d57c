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

/* The replica of that number, NULL when there is none; during a recreation the successor. */
struct container *actual_find(const struct actual *actual, const char *service, int number);
