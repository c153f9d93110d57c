/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/plan_difference.h"

#include "base/arena.h"
#include "compose/apply/donors.h"
#include "compose/apply/service_files.h"
#include "engine/labels.h"

#include <string.h>

static bool label_differs(const struct container *container, const char *name, const char *wanted)
{
	const char *value = container_label(container, name);

	return strcmp(value ? value : "", wanted ? wanted : "") != 0;
}

static const char *files_reason(const struct plan_service *service,
				const struct container *container, struct arena *arena)
{
	const char *names = service_files_changed(service->files, container, arena);

	return names ? arena_format(arena, "the content of %s has changed", names)
		     : "the content of a secret or config has changed";
}

static const struct container_mount *find_mount(const struct container *container,
						enum container_mount_type type, const char *target)
{
	for (size_t i = 0; i < container->mount_count; i++)
		if (container->mounts[i].type == type &&
		    strcmp(container->mounts[i].target, target) == 0)
			return &container->mounts[i];
	return NULL;
}

static bool same_strings(char *const *a, char *const *b)
{
	while (a && b && *a && *b && strcmp(*a, *b) == 0) {
		a++;
		b++;
	}
	return a && b && !*a && !*b;
}

static const char *volume_reason(const struct project *project, const struct service_volume *volume,
				 const struct container *container, struct arena *arena)
{
	const struct container_mount *mount =
		find_mount(container, CONTAINER_MOUNT_VOLUME, volume->target);
	const struct project_volume *named = volume->source && *volume->source
						     ? project_find_volume(project, volume->source)
						     : NULL;

	if (!named || !named->name || !mount || !mount->source ||
	    strcmp(mount->source, named->name) == 0)
		return NULL;
	return arena_format(arena, "volume '%s' has another name now", volume->source);
}

/* The service says the same, but what it names is another volume or image now. */
static const char *mounts_reason(const struct project *project, const struct plan_service *service,
				 const struct container *container, struct arena *arena)
{
	const char *reason = NULL;

	for (size_t i = 0; !reason && i < service->service->volumes.count; i++) {
		const struct service_volume *volume = &service->service->volumes.items[i];
		const struct container_mount *mount;

		if (strcmp(volume->type, "volume") == 0)
			reason = volume_reason(project, volume, container, arena);
		if (strcmp(volume->type, "image") != 0 || !service->image_layers ||
		    !service->image_layers[i])
			continue;
		mount = find_mount(container, CONTAINER_MOUNT_IMAGE, volume->target);
		if (mount && mount->layers &&
		    !same_strings(mount->layers, service->image_layers[i]))
			reason = arena_format(arena, "the image mounted at '%s' has changed",
					      volume->target);
	}
	return reason;
}

/* Somebody disconnected it, or the name means another network now. Further ones are its own affair.
 */
static const char *networks_reason(const struct project *project, const struct service *service,
				   const struct container *container, struct arena *arena)
{
	for (size_t i = 0; !service->network_mode && i < service->networks.count; i++) {
		const struct project_network *network =
			project_find_network(project, service->networks.items[i].network);

		if (network && network->name &&
		    !container_find_request(&container->config, network->name))
			return arena_format(arena, "it is not connected to network '%s'",
					    network->name);
	}
	return NULL;
}

const char *plan_difference(const struct plan_input *input, const struct plan_service *service,
			    const struct container *container, struct arena *arena)
{
	const char *reason;

	if (label_differs(container, LABEL_CONFIG_HASH, service->hash))
		return "its configuration has changed";
	if (label_differs(container, LABEL_FILES_HASH, service->files_hash))
		return files_reason(service, container, arena);
	if (service->image_id && strcmp(container->image_id, service->image_id) != 0)
		return "its image has changed";
	reason = mounts_reason(input->project, service, container, arena);
	if (!reason)
		reason = networks_reason(input->project, service->service, container, arena);
	return reason ? reason : donors_reason(service->service, container, input->actual, arena);
}
