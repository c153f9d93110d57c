/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/image_event.h"

#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/event.h"
#include "storage/image/image.h"
#include "storage/reference.h"

void image_event_labelled(const char *action, const char *id, const char *name,
			  const struct pair *labels, size_t label_count)
{
	auto_arena struct arena arena = {0};
	struct pair *attributes = arena_array(&arena, label_count + 1, sizeof(*attributes));

	attributes[0] = (struct pair){"name", name ? name : id};
	if (label_count)
		memcpy(attributes + 1, labels, label_count * sizeof(*labels));
	event_emit(EVENT_IMAGE, action, id, attributes, label_count + 1);
}

void image_event(const struct layout *layout, const char *action, const char *id, const char *name)
{
	auto_arena struct arena arena = {0};
	struct image image = {0};

	if (image_find(layout, id, &image, &arena, NULL) < 0)
		image.label_count = 0;
	image_event_labelled(action, id, name, image.labels, image.label_count);
}

void image_event_named(const struct layout *layout, const char *id, const char *full)
{
	auto_free char *familiar = full ? reference_familiar(full) : NULL;

	if (familiar)
		image_event(layout, "tag", id, familiar);
}

void image_event_transfer(const struct layout *layout, const char *action, const char *full)
{
	auto_free char *familiar = reference_familiar(full);
	auto_arena struct arena arena = {0};

	image_event(layout, action, familiar,
		    arena_string_n(&arena, familiar, reference_repository_length(familiar)));
}

void image_event_gone(const char *action, const char *id, const char *name)
{
	event_emit(EVENT_IMAGE, action, id, &(struct pair){"name", name}, 1);
}
