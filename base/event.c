/* SPDX-License-Identifier: Apache-2.0 */
#include "base/event.h"

#include "base/units.h"

#include <stdio.h>

static event_sink *current_sink;
static void *current_data;

void event_set_sink(event_sink *sink, void *data)
{
	current_sink = sink;
	current_data = data;
}

void event_emit(enum event_type type, const char *action, const char *id,
		const struct pair *attributes, size_t attribute_count)
{
	struct timespec now = units_now();
	struct event event = {
		.type = type,
		.action = action,
		.id = id,
		.attributes = attributes,
		.attribute_count = attribute_count,
		.time_ns = now.tv_sec * SECOND + now.tv_nsec,
	};

	if (current_sink)
		current_sink(&event, current_data);
}

void event_pruned(enum event_type type, int64_t bytes)
{
	char number[24];

	snprintf(number, sizeof(number), "%lld", (long long)bytes);
	event_emit(type, "prune", "", &(struct pair){"reclaimed", number}, 1);
}

const char *event_type_name(enum event_type type)
{
	static const char *const names[] = {
		[EVENT_CONTAINER] = "container", [EVENT_IMAGE] = "image",
		[EVENT_NETWORK] = "network",	 [EVENT_VOLUME] = "volume",
		[EVENT_BUILDER] = "builder",
	};

	return names[type];
}
