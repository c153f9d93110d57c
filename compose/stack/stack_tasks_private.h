/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/stack/stack_tasks_private.h - which containers a change takes away: they stay in the
 * stack's description as tasks that were.
 */
#pragma once

#include <stddef.h>

struct container;
struct error;
struct stack_change;

struct stack_tasks_seen {
	struct container *containers;
	size_t count;
};

int stack_tasks_look(struct stack_tasks_seen *seen, const struct stack_change *change,
		     struct error *err);
/* Those that are gone since are noted in the stack. */
void stack_tasks_note(const struct stack_tasks_seen *seen, struct stack_change *change);
