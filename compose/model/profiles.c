/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/profiles.h"

#include "compose/model/environment.h"
#include "compose/model/project.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/strvec.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static int compare_services(const void *a, const void *b)
{
	return strcmp(((const struct service *)a)->name, ((const struct service *)b)->name);
}

static void add_profile(struct strvec *active, const char *name)
{
	if (!strvec_contains(active, name))
		strvec_add(active, name);
}

static void find_active(struct strvec *active, const struct project *project,
			const struct project_request *request, struct environment *environment)
{
	const char *listed = environment_lookup(environment, "COMPOSE_PROFILES");

	for (char **name = request->profiles; name && *name; name++)
		add_profile(active, *name);
	/* As in Docker Compose: nothing listed is the profile without a name. */
	if (!active->count) {
		auto_free char *copy = alloc_string(listed ? listed : "");
		char *rest = copy, *name;

		while ((name = strsep(&rest, ","))) {
			name += strspn(name, " ");
			name[strcspn(name, " ")] = '\0';
			add_profile(active, name);
		}
	}
	/* Naming a service activates all its profiles. */
	for (char **name = request->services; name && *name; name++)
		for (size_t i = 0; i < project->services.count; i++) {
			const struct service *service = &project->services.items[i];

			if (fnmatch(*name, service->name, 0) != 0)
				continue;
			for (char **profile = service->profiles; profile && *profile; profile++)
				add_profile(active, *profile);
		}
}

static bool is_enabled(const struct service *service, const struct strvec *active)
{
	if (!service->profiles || !*service->profiles || strvec_contains(active, "*"))
		return true;
	for (char **profile = service->profiles; *profile; profile++)
		if (strvec_contains(active, *profile))
			return true;
	return false;
}

void profiles_apply(struct project *project, const struct project_request *request,
		    struct environment *environment, struct arena *arena)
{
	auto_strvec struct strvec active = {0};
	size_t count = project->services.count, enabled = 0;
	struct service *disabled = arena_array(arena, count, sizeof(*disabled));

	if (request->all_profiles)
		strvec_add(&active, "*");
	find_active(&active, project, request, environment);
	if (count)
		qsort(project->services.items, count, sizeof(*project->services.items),
		      compare_services);
	for (size_t i = 0; i < count; i++) {
		struct service *service = &project->services.items[i];

		if (is_enabled(service, &active))
			project->services.items[enabled++] = *service;
		else
			disabled[project->disabled.count++] = *service;
	}
	project->services.count = enabled;
	project->disabled.items = disabled;
	project->profiles = arena_array(arena, active.count + 1, sizeof(*project->profiles));
	for (size_t i = 0; i < active.count; i++)
		project->profiles[i] = arena_string(arena, active.items[i]);
}
