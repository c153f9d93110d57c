/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of a loaded project: some services with what they need, without what nobody uses.
 */
#include "compose/project.h"

#include "compose/tree.h"

#include "base/strvec.h"

#include <string.h>

/* Services only grow while they are walked through: what was added is walked through too. */
void project_select(struct project *project, char *const *services)
{
	auto_strvec struct strvec names = {0};
	size_t kept = 0;

	strvec_add_all(&names, services);
	for (size_t i = 0; i < names.count; i++) {
		const struct service *service = project_find_service(project, names.items[i]);

		for (size_t j = 0; service && j < service->depends_on.count; j++)
			if (!strvec_contains(&names, service->depends_on.items[j].service))
				strvec_add(&names, service->depends_on.items[j].service);
	}
	for (size_t i = 0; i < project->services.count; i++)
		if (strvec_contains(&names, project->services.items[i].name))
			project->services.items[kept++] = project->services.items[i];
	project->services.count = kept;
}

struct uses {
	struct strvec networks, volumes, secrets, configs;
};

static void collect(struct uses *uses, const struct service *service)
{
	for (size_t i = 0; i < service->networks.count; i++)
		strvec_add(&uses->networks, service->networks.items[i].network);
	for (size_t i = 0; i < service->volumes.count; i++)
		if (service->volumes.items[i].source)
			strvec_add(&uses->volumes, service->volumes.items[i].source);
	for (size_t i = 0; i < service->secrets.count; i++)
		strvec_add(&uses->secrets, service->secrets.items[i].source);
	for (size_t i = 0; service->build && i < service->build->secrets.count; i++)
		strvec_add(&uses->secrets, service->build->secrets.items[i].source);
	for (size_t i = 0; i < service->configs.count; i++)
		strvec_add(&uses->configs, service->configs.items[i].source);
}

static void keep_files(struct project_file_list *list, const struct strvec *used)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++)
		if (strvec_contains(used, list->items[i].key))
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
		if (strvec_contains(&uses.networks, project->networks.items[i].key))
			project->networks.items[networks++] = project->networks.items[i];
	for (size_t i = 0; i < project->volumes.count; i++)
		if (strvec_contains(&uses.volumes, project->volumes.items[i].key))
			project->volumes.items[volumes++] = project->volumes.items[i];
	project->networks.count = networks;
	if (!networks)
		project->networks.items = NULL;
	project->volumes.count = volumes;
	if (!volumes)
		project->volumes.items = NULL;
	keep_files(&project->secrets, &uses.secrets);
	keep_files(&project->configs, &uses.configs);
	strvec_release(&uses.networks);
	strvec_release(&uses.volumes);
	strvec_release(&uses.secrets);
	strvec_release(&uses.configs);
}

void project_model_names(const struct project *project, struct strvec *names)
{
	if (project->models && node_is_map(project->models))
		each_pair (pair, project->models)
			strvec_add(names, pair->key);
	strvec_sort(names);
}
