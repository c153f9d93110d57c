/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/normalize.h"

#include "compose/model/bind.h"
#include "compose/model/schema_parts.h"

#include "base/arena.h"
#include "base/path.h"
#include "engine/namespace_mode.h"

#include <string.h>

/* ------------------------------------------------------------------ services */

static void normalize_build(struct service_build *build, const struct project *project)
{
	if (!build->context)
		build->context = project->working_dir;
	if (!build->dockerfile && !build->dockerfile_inline)
		build->dockerfile = (char *)"Dockerfile";
}

static void normalize_pre_start(struct service *service)
{
	for (size_t i = 0; i < service->pre_start.count; i++)
		if (!service->pre_start.items[i].image && service->image && *service->image)
			service->pre_start.items[i].image = service->image;
}

static void normalize_ports(struct service *service)
{
	for (size_t i = 0; i < service->ports.count; i++) {
		struct service_port *port = &service->ports.items[i];

		if (!port->protocol)
			port->protocol = (char *)"tcp";
		if (!port->mode)
			port->mode = (char *)"ingress";
		if (port->published && !*port->published)
			port->published = NULL;
	}
}

static void normalize_mounts(struct service *service, struct arena *arena)
{
	for (size_t i = 0; i < service->volumes.count; i++) {
		struct service_volume *volume = &service->volumes.items[i];

		if (volume->target) {
			auto_free char *clean = path_clean(volume->target);

			volume->target = arena_string(arena, clean);
		}
		if (volume->source && !*volume->source)
			volume->source = NULL;
	}
	for (size_t i = 0; i < service->secrets.count; i++) {
		struct service_file *file = &service->secrets.items[i];

		if (!file->target && file->source)
			file->target = arena_format(arena, "/run/secrets/%s", file->source);
	}
}

/* ------------------------------------------------------------------ dependencies */

static void imply_dependency(struct service *service, const char *name, enum tristate restart,
			     struct arena *arena)
{
	struct service_dependency *items = service->depends_on.items;
	size_t count = service->depends_on.count;

	for (size_t i = 0; i < count; i++)
		if (strcmp(items[i].service, name) == 0)
			return;
	items = arena_array(arena, count + 1, sizeof(*items));
	if (count)
		memcpy(items, service->depends_on.items, count * sizeof(*items));
	items[count] = (struct service_dependency){.service = arena_string(arena, name),
						   .condition = CONDITION_STARTED,
						   .restart = restart,
						   .required = TRISTATE_TRUE,
						   .is_implied = true};
	service->depends_on.items = items;
	service->depends_on.count = count + 1;
}

static void imply_named(struct service *service, char *const *entries, enum tristate restart,
			struct arena *arena)
{
	for (; entries && *entries; entries++) {
		auto_free char *name = strndup(*entries, strcspn(*entries, ":"));

		if (!namespace_mode_is(*entries, NAMESPACE_CONTAINER))
			imply_dependency(service, name, restart, arena);
	}
}

static void normalize_dependencies(struct service *service, struct arena *arena)
{
	const char *const modes[] = {service->network_mode, service->ipc, service->pid,
				     service->uts, service->cgroup};

	for (size_t i = 0; i < service->depends_on.count; i++) {
		struct service_dependency *dependency = &service->depends_on.items[i];

		if (dependency->condition == CONDITION_UNSET)
			dependency->condition = CONDITION_STARTED;
		if (dependency->required == TRISTATE_UNSET)
			dependency->required = TRISTATE_TRUE;
	}
	imply_named(service, service->links, TRISTATE_TRUE, arena);
	for (size_t i = 0; i < array_length(modes); i++) {
		struct namespace_mode mode = namespace_mode_parse(modes[i]);

		if (mode.kind == NAMESPACE_SERVICE)
			imply_dependency(service, mode.name, TRISTATE_TRUE, arena);
	}
	imply_named(service, service->volumes_from, TRISTATE_UNSET, arena);
}

/* A request that names no devices is for all of them. */
static void normalize_devices(struct device_request *requests, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (requests[i].count == MODEL_UNSET && !requests[i].device_ids)
			requests[i].count = -1;
}

static void normalize_service(struct service *service, const struct project *project,
			      struct arena *arena)
{
	if (service->build)
		normalize_build(service->build, project);
	if (service->pull_policy && strcmp(service->pull_policy, "if_not_present") == 0)
		service->pull_policy = (char *)"missing";
	if (service->deploy && service->deploy->resources &&
	    service->deploy->resources->reservations)
		normalize_devices(service->deploy->resources->reservations->devices.items,
				  service->deploy->resources->reservations->devices.count);
	normalize_devices(service->gpus.items, service->gpus.count);
	normalize_pre_start(service);
	normalize_ports(service);
	normalize_mounts(service, arena);
	normalize_dependencies(service, arena);
}

/* ------------------------------------------------------------------ names */

static void set_name(char **name, const char *key, enum tristate external,
		     const struct project *project, struct arena *arena)
{
	if (*name && **name)
		return;
	if (external == TRISTATE_TRUE)
		*name = arena_string(arena, key);
	else
		*name = arena_format(arena, "%s_%s", project->name, key);
}

static void normalize_names(struct project *project, struct arena *arena)
{
	struct project_file_list *const lists[] = {&project->secrets, &project->configs};

	for (size_t i = 0; i < project->networks.count; i++) {
		struct project_network *network = &project->networks.items[i];

		set_name(&network->name, network->key, network->external, project, arena);
	}
	for (size_t i = 0; i < project->volumes.count; i++) {
		struct project_volume *volume = &project->volumes.items[i];

		set_name(&volume->name, volume->key, volume->external, project, arena);
	}
	for (size_t l = 0; l < array_length(lists); l++)
		for (size_t i = 0; i < lists[l]->count; i++) {
			struct project_file *file = &lists[l]->items[i];

			set_name(&file->name, file->key, file->external, project, arena);
		}
}

void normalize_project(struct project *project, struct arena *arena)
{
	for (size_t i = 0; i < project->services.count; i++)
		normalize_service(&project->services.items[i], project, arena);
	normalize_names(project, arena);
}

/* ------------------------------------------------------------------ the default network */

static bool joins_default(struct service *service, struct arena *arena)
{
	if (service->network_mode || service->provider)
		return false;
	if (!service->networks.count) {
		service->networks.items = arena_alloc(arena, sizeof(*service->networks.items));
		service->networks.count = 1;
		bind_defaults(&schema_service_network, service->networks.items);
		service->networks.items->network = (char *)"default";
	}
	for (size_t i = 0; i < service->networks.count; i++)
		if (strcmp(service->networks.items[i].network, "default") == 0)
			return true;
	return false;
}

static void remove_network(struct project *project, struct project_network *network)
{
	struct project_network *end = project->networks.items + project->networks.count;

	memmove(network, network + 1, (size_t)(end - network - 1) * sizeof(*network));
	if (--project->networks.count == 0)
		project->networks.items = NULL;
}

static void add_network(struct project *project, struct arena *arena)
{
	size_t count = project->networks.count, place = 0;
	struct project_network *items = arena_array(arena, count + 1, sizeof(*items));

	while (place < count && strcmp(project->networks.items[place].key, "default") < 0)
		place++;
	if (count) {
		memcpy(items, project->networks.items, place * sizeof(*items));
		memcpy(items + place + 1, project->networks.items + place,
		       (count - place) * sizeof(*items));
	}
	bind_defaults(&schema_network, &items[place]);
	items[place].key = (char *)"default";
	project->networks.items = items;
	project->networks.count = count + 1;
	normalize_names(project, arena);
}

void normalize_default_network(struct project *project, struct arena *arena)
{
	struct project_network *network = project_find_network(project, "default");
	bool is_used = false;

	for (size_t i = 0; i < project->services.count; i++)
		is_used = joins_default(&project->services.items[i], arena) || is_used;
	for (size_t i = 0; i < project->disabled.count; i++)
		joins_default(&project->disabled.items[i], arena);
	if (is_used && !network)
		add_network(project, arena);
	else if (!is_used && network)
		remove_network(project, network);
}
