/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of a loaded project: some services with what they need, without what nobody uses.
 */
#include "compose/model/project.h"

#include "compose/model/tree.h"

#include "base/map.h"
#include "base/strvec.h"

#include <string.h>

/* What was added is walked through, too: the map is its own work list. */
void project_select(struct project *project, char *const *services)
{
	auto_map struct map names = {0};
	size_t kept = 0;

	for (; services && *services; services++)
		map_set(&names, *services, project);
	for (size_t i = 0; i < names.count; i++) {
		const struct service *service = project_find_service(project, names.entries[i].key);

		for (size_t j = 0; service && j < service->depends_on.count; j++)
			map_set(&names, service->depends_on.items[j].service, project);
	}
	for (size_t i = 0; i < project->services.count; i++)
		if (map_has(&names, project->services.items[i].name))
			project->services.items[kept++] = project->services.items[i];
	project->services.count = kept;
}

struct uses {
	struct map networks, volumes, secrets, configs; /* names; the values mean nothing */
};

static void collect(struct uses *uses, const struct service *service)
{
	for (size_t i = 0; i < service->networks.count; i++)
		map_set(&uses->networks, service->networks.items[i].network, uses);
	for (size_t i = 0; i < service->volumes.count; i++)
		if (service->volumes.items[i].source)
			map_set(&uses->volumes, service->volumes.items[i].source, uses);
	for (size_t i = 0; i < service->secrets.count; i++)
		map_set(&uses->secrets, service->secrets.items[i].source, uses);
	for (size_t i = 0; service->build && i < service->build->secrets.count; i++)
		map_set(&uses->secrets, service->build->secrets.items[i].source, uses);
	for (size_t i = 0; i < service->configs.count; i++)
		map_set(&uses->configs, service->configs.items[i].source, uses);
}

static void keep_files(struct project_file_list *list, const struct map *used)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++)
		if (map_has(used, list->items[i].key))
			list->items[kept++] = list->items[i];
	list->count = kept;
	if (!kept) /* "{}" is for what was written */
		list->items = NULL;
}

void project_drop_unused(struct project *project)
{
	struct uses uses = {0};
	size_t networks = 0, volumes = 0;

	for (size_t i = 0; i < project->services.count; i++)
		collect(&uses, &project->services.items[i]);
	for (size_t i = 0; i < project->networks.count; i++)
		if (map_has(&uses.networks, project->networks.items[i].key))
			project->networks.items[networks++] = project->networks.items[i];
	for (size_t i = 0; i < project->volumes.count; i++)
		if (map_has(&uses.volumes, project->volumes.items[i].key))
			project->volumes.items[volumes++] = project->volumes.items[i];
	project->networks.count = networks;
	if (!networks)
		project->networks.items = NULL;
	project->volumes.count = volumes;
	if (!volumes)
		project->volumes.items = NULL;
	keep_files(&project->secrets, &uses.secrets);
	keep_files(&project->configs, &uses.configs);
	map_release(&uses.networks);
	map_release(&uses.volumes);
	map_release(&uses.secrets);
	map_release(&uses.configs);
}

void project_model_names(const struct project *project, struct strvec *names)
{
	if (project->models && node_is_map(project->models))
		each_pair (pair, project->models)
			strvec_add(names, pair->key);
	strvec_sort(names);
}
