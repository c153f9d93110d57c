/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/stack/stack_private.h - what the files of this room share.
 */
#pragma once

#include "base/json.h"

struct arena;
struct error;
struct project;
struct stack;

/* The model alone, without what swarm adds. */
int stack_read_model(struct project *project, const struct stack *stack, struct arena *arena,
		     struct error *err);
json *stack_copy(const json *value);
void stack_drop(json *object, const char *name);
/* The member, an empty object when it is none. */
json *stack_object(json *parent, const char *name);
/* The member, an empty array when it is none. */
json *stack_array(json *parent, const char *name);
/* An id as swarm's are: 25 letters and digits. */
const char *stack_new_id(struct arena *arena);
void stack_set_now(json *object, const char *name);
