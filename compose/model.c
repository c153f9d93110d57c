/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model.h"

#include <string.h>

static struct service *find_service(struct service *items, size_t count, const char *name)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(name, items[middle].name);

		if (order == 0)
			return &items[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

struct service *project_find_service(const struct project *project, const char *name)
{
	return find_service(project->services.items, project->services.count, name);
}

struct service *project_find_any_service(const struct project *project, const char *name)
{
	struct service *found = project_find_service(project, name);

	if (found)
		return found;
	return find_service(project->disabled.items, project->disabled.count, name);
}

struct project_network *project_find_network(const struct project *project, const char *key)
{
	for (size_t i = 0; i < project->networks.count; i++)
		if (strcmp(project->networks.items[i].key, key) == 0)
			return &project->networks.items[i];
	return NULL;
}

struct project_volume *project_find_volume(const struct project *project, const char *key)
{
	for (size_t i = 0; i < project->volumes.count; i++)
		if (strcmp(project->volumes.items[i].key, key) == 0)
			return &project->volumes.items[i];
	return NULL;
}

struct project_file *project_find_file(const struct project_file_list *list, const char *key)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].key, key) == 0)
			return &list->items[i];
	return NULL;
}

int64_t service_replicas(const struct service *service)
{
	const struct service_deploy *deploy = service->deploy;

	if (service->scale != MODEL_UNSET)
		return service->scale;
	if (deploy && deploy->mode && strncmp(deploy->mode, "global", 6) == 0)
		return 1;
	return deploy ? model_number(deploy->replicas, 1) : 1;
}
