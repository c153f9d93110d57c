/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/container_event.h - door: what happens to a container, told with the attributes of
 * Docker's events: those of the action, then name, image and labels.
 */
#pragma once

#include "base/pair.h"

#include <stddef.h>

struct container;
struct container_mount;

void container_event(const struct container *container, const char *action, const struct pair *own,
		     size_t own_count);
/* "exec_create" and "exec_start": the command is part of the action's name, as Docker has it. */
void container_event_exec(const struct container *container, const char *action, char *const *args,
			  const char *exec_id);
void container_event_exec_end(const struct container *container, const char *exec_id,
			      int exit_code);
/* "mount" or "unmount" of each of its volumes. */
void container_event_volumes(const struct container *container, const char *action);
