/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/container_event.h - what happens to a container, told with the attributes of Docker's
 * events: those of the action, then name, image and labels.
 */
#pragma once

#include "base/pair.h"

#include <stddef.h>

struct container;
struct container_mount;

void container_event(const struct container *container, const char *action, const struct pair *own,
		     size_t own_count);
/* "mount" or "unmount" of each of its volumes. */
void container_event_volumes(const struct container *container, const char *action);
