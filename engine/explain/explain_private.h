/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/explain/explain_private.h - what explanations of names and of ports have in common.
 */
#pragma once

#include "engine/container.h"
#include "engine/explain/explain.h"

/* One more line; the second is of something that is not as one may expect. */
#define explain_say(out, ...)	  strvec_addf(&(out)->lines, __VA_ARGS__)
#define explain_problem(out, ...) ((out)->has_problem = true, explain_say(out, __VA_ARGS__))

/* "running", "exited with 1", … */
const char *explain_status(const struct container *container, struct arena *arena);
/* "front, back" */
const char *explain_networks(const struct container *container, struct arena *arena);
/* It is on networks, and all of them are internal. */
bool explain_is_isolated(const struct container *container);
