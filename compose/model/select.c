/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of a loaded project: some services with what they need, without what nobody uses.
 */
#include "compose/model/project.h"

#include "compose/model/tree.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/map.h"
#include "base/strvec.h"

#include <fnmatch.h>
#include <string.h>

/* ------------------------------------------------------------------ who is asked for */

static void add_name(struct map *asked, const char *section, const char *name)
{
	auto_free char *path = NULL;

	if (!name)
		return;
	path = alloc_format("%s.%s", section, name);
	map_set(asked, path, asked);
}

static void add_uses(struct map *asked, const struct service *service)
{
	for (size_t i = 0; i < service->networks.count; i++)
		add_name(asked, "networks", service->networks.items[i].network);
	for (size_t i = 0; i < service->volumes.count; i++)
		add_name(asked, "volumes", service->volumes.items[i].source);
	for (size_t i = 0; i < service->secrets.count; i++)
		add_name(asked, "secrets", service->secrets.items[i].source);
	for (size_t i = 0; service->build && i < service->build->secrets.count; i++)
		add_name(asked, "secrets", service->build->secrets.items[i].source);
	for (size_t i = 0; i < service->configs.count; i++)
		add_name(asked, "configs", service->configs.items[i].source);
}

static void add_all_resources(struct map *asked, const struct project *project)
{
	for (size_t i = 0; i < project->networks.count; i++)
		add_name(asked, "networks", project->networks.items[i].key);
	for (size_t i = 0; i < project->volumes.count; i++)
		add_name(asked, "volumes", project->volumes.items[i].key);
	for (size_t i = 0; i < project->secrets.count; i++)
		add_name(asked, "secrets", project->secrets.items[i].key);
	for (size_t i = 0; i < project->configs.count; i++)
		add_name(asked, "configs", project->configs.items[i].key);
}

static bool is_named(const struct service *service, char *const *patterns)
{
	bool is_any = !patterns || !*patterns;

	for (; patterns && *patterns && !is_any; patterns++)
		is_any = fnmatch(*patterns, service->name, 0) == 0;
	return is_any;
}

/* Their names, then those of what they need: the map is its own work list. */
static void add_services(struct map *names, const struct project *project, char *const *patterns)
{
	for (size_t i = 0; i < project->services.count; i++)
		if (is_named(&project->services.items[i], patterns))
			map_set(names, project->services.items[i].name,
				&project->services.items[i]);
	for (size_t i = 0; i < names->count; i++) {
		const struct service *service = names->entries[i].value;

		for (size_t j = 0; j < service->depends_on.count; j++) {
			const char *name = service->depends_on.items[j].service;
			struct service *other = project_find_service(project, name);

			if (other && !map_has(names, name))
				map_set(names, name, other);
		}
	}
}

void project_list_asked(struct map *asked, const struct project *project, char *const *services)
{
	auto_map struct map names = {0};

	add_services(&names, project, services);
	map_each (entry, &names) {
		add_name(asked, "services", entry->key);
		add_uses(asked, entry->value);
	}
	if (!services || !*services)
		add_all_resources(asked, project);
}

void project_select(struct project *project, char *const *services)
{
	auto_map struct map names = {0};
	size_t kept = 0;

	if (services && *services)
		add_services(&names, project, services);
	for (size_t i = 0; i < project->services.count; i++)
		if (map_has(&names, project->services.items[i].name))
			project->services.items[kept++] = project->services.items[i];
	project->services.count = kept;
}

/* ------------------------------------------------------------------ what nobody uses */

static bool is_used(const struct map *used, const char *section, const char *key)
{
	auto_free char *path = alloc_format("%s.%s", section, key);

	return map_has(used, path);
}

static void keep_files(struct project_file_list *list, const char *section, const struct map *used)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++)
		if (is_used(used, section, list->items[i].key))
			list->items[kept++] = list->items[i];
	list->count = kept;
	if (!kept) /* "{}" is for what was written */
		list->items = NULL;
}

void project_drop_unused(struct project *project)
{
	auto_map struct map used = {0};
	size_t networks = 0, volumes = 0;

	for (size_t i = 0; i < project->services.count; i++)
		add_uses(&used, &project->services.items[i]);
	for (size_t i = 0; i < project->networks.count; i++)
		if (is_used(&used, "networks", project->networks.items[i].key))
			project->networks.items[networks++] = project->networks.items[i];
	for (size_t i = 0; i < project->volumes.count; i++)
		if (is_used(&used, "volumes", project->volumes.items[i].key))
			project->volumes.items[volumes++] = project->volumes.items[i];
	project->networks.count = networks;
	if (!networks)
		project->networks.items = NULL;
	project->volumes.count = volumes;
	if (!volumes)
		project->volumes.items = NULL;
	keep_files(&project->secrets, "secrets", &used);
	keep_files(&project->configs, "configs", &used);
}

static bool uses_model(const struct project *project, const char *key)
{
	for (size_t i = 0; i < project->services.count; i++) {
		const struct node *models = project->services.items[i].models;

		if (models && node_is_map(models) && node_find((struct node *)models, key))
			return true;
		for (unsigned j = 0; models && node_is_list(models) && j < models->count; j++)
			if (node_text(models->items[j]) && strcmp(models->items[j]->text, key) == 0)
				return true;
	}
	return false;
}

void project_model_names(const struct project *project, struct strvec *names)
{
	if (!project->models || !node_is_map(project->models))
		return;
	each_pair (pair, project->models) {
		const char *model = node_text(node_get(pair->value, "model"));

		if (model && *model && uses_model(project, pair->key))
			strvec_add(names, model);
	}
	strvec_sort(names);
}
