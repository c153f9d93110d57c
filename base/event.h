/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/event.h - what has changed for good: a container was created, an image pulled.
 *
 * Who changes an object says so here, once the change is on disk or in the kernel; the role decides
 * where it goes (engine/event_journal.h). Names of actions and attributes are those of Docker's
 * events. Telling never fails and never waits, as far as the caller can see.
 */
#pragma once

#include "base/pair.h"

#include <stddef.h>
#include <stdint.h>

enum event_type { EVENT_CONTAINER, EVENT_IMAGE, EVENT_NETWORK, EVENT_VOLUME, EVENT_BUILDER };

struct event {
	enum event_type type;
	const char *action; /* "create", "health_status: healthy" */
	const char *id;
	const struct pair *attributes; /* those that matter most come first */
	size_t attribute_count;
	int64_t time_ns; /* since 1970 */
};

typedef void event_sink(const struct event *event, void *data);

/* NULL: nobody wants to know. */
void event_set_sink(event_sink *sink, void *data);
void event_emit(enum event_type type, const char *action, const char *id,
		const struct pair *attributes, size_t attribute_count);
/* "prune": what nobody used of that type has been removed, and so many bytes came back. It is about
 * no single object. */
void event_pruned(enum event_type type, int64_t bytes);
/* "container", … */
const char *event_type_name(enum event_type type);
