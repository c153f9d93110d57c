/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/model.h"

#include <string.h>

const char *const model_conditions[] = {
	[CONDITION_UNSET] = "",
	[CONDITION_STARTED] = "service_started",
	[CONDITION_HEALTHY] = "service_healthy",
	[CONDITION_COMPLETED_SUCCESSFULLY] = "service_completed_successfully",
	NULL,
};

/* What a mapping names begins with its name, and is sorted by it. */
static void *find(void *items, size_t count, size_t size, const char *name)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		char *item = (char *)items + middle * size;
		int order = strcmp(name, *(char **)item);

		if (order == 0)
			return item;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

#define FIND(list, name) find((list).items, (list).count, sizeof(*(list).items), name)

struct service *project_find_service(const struct project *project, const char *name)
{
	return FIND(project->services, name);
}

struct service *project_find_any_service(const struct project *project, const char *name)
{
	struct service *found = project_find_service(project, name);

	return found ? found : FIND(project->disabled, name);
}

struct project_network *project_find_network(const struct project *project, const char *key)
{
	return FIND(project->networks, key);
}

struct project_volume *project_find_volume(const struct project *project, const char *key)
{
	return FIND(project->volumes, key);
}

struct project_file *project_find_file(const struct project_file_list *list, const char *key)
{
	return FIND(*list, key);
}

int64_t project_replicas(const struct service *service)
{
	const struct service_deploy *deploy = service->deploy;

	if (service->provider) /* it has no containers */
		return 0;
	if (service->scale != MODEL_UNSET)
		return service->scale;
	if (deploy && deploy->mode && strncmp(deploy->mode, "global", 6) == 0)
		return 1;
	return deploy ? model_number(deploy->replicas, 1) : 1;
}
