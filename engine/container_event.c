/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container_event.h"

#include "base/arena.h"
#include "base/event.h"
#include "base/strbuf.h"
#include "engine/container.h"

#include <stdio.h>
#include <string.h>

void container_event(const struct container *container, const char *action, const struct pair *own,
		     size_t own_count)
{
	const struct container_config *config = &container->config;
	auto_arena struct arena arena = {0};
	struct pair *attributes =
		arena_array(&arena, own_count + config->label_count + 2, sizeof(*attributes));
	size_t count = own_count;

	if (own_count)
		memcpy(attributes, own, own_count * sizeof(*own));
	attributes[count++] = (struct pair){"name", container->name};
	if (config->image)
		attributes[count++] = (struct pair){"image", config->image};
	if (config->label_count)
		memcpy(attributes + count, config->labels,
		       config->label_count * sizeof(*config->labels));
	event_emit(EVENT_CONTAINER, action, container->id, attributes, count + config->label_count);
}

void container_event_exec(const struct container *container, const char *action, char *const *args,
			  const char *exec_id)
{
	auto_strbuf struct strbuf text = {0};

	/* There is a blank behind the program even if nothing follows: who compares, compares that.
	 */
	strbuf_printf(&text, "%s: %s ", action, args[0]);
	for (size_t i = 1; args[i]; i++)
		strbuf_printf(&text, "%s%s", i > 1 ? " " : "", args[i]);
	container_event(container, strbuf_text(&text), &(struct pair){"execID", exec_id}, 1);
}

void container_event_exec_end(const struct container *container, const char *exec_id, int exit_code)
{
	char number[12];

	snprintf(number, sizeof(number), "%d", exit_code);
	container_event(container, "exec_die",
			(struct pair[]){{"execID", exec_id}, {"exitCode", number}}, 2);
}

void container_event_volumes(const struct container *container, const char *action)
{
	for (size_t i = 0; i < container->mount_count; i++) {
		const struct container_mount *mount = &container->mounts[i];
		const struct pair attributes[] = {
			{"driver", "local"},
			{"container", container->id},
			{"destination", mount->target},
			{"read/write", mount->read_only ? "false" : "true"},
			{"propagation", ""},
		};
		size_t count = strcmp(action, "mount") == 0 ? 5 : 2;

		if (mount->type == CONTAINER_MOUNT_VOLUME && mount->source)
			event_emit(EVENT_VOLUME, action, mount->source, attributes, count);
	}
}
