/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/service_arguments.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "cli/invocation.h"
#include "cli/unknown.h"

#include <fnmatch.h>
#include <string.h>

char **service_arguments(const struct invocation *invocation)
{
	unsigned needs = invocation->command->needs;
	size_t count = needs & SERVICE_FIRST ? 1 : invocation->argument_count;
	char **services;

	if (!invocation->argument_count ||
	    !(needs & (SERVICE_ARGUMENTS | SERVICE_FIRST | SERVICE_NUMBERS)))
		return NULL;
	services = arena_array(invocation->arena, count + 1, sizeof(*services));
	for (size_t i = 0; i < count; i++) {
		const char *name = invocation->arguments[i];
		size_t length = needs & SERVICE_NUMBERS ? strcspn(name, "=") : strlen(name);

		services[i] = arena_string_n(invocation->arena, name, length);
	}
	return services;
}

static bool is_known(struct invocation *invocation, const char *service, struct error *err)
{
	char *services[] = {(char *)service, NULL};
	struct container_list list;

	if (invocation->project)
		return project_find_any_service(invocation->project, service) != NULL;
	return invocation_list(invocation, services, true, &list, err) == 0 && list.count > 0;
}

static void add_matching(struct strvec *names, const struct service *services, size_t count,
			 const char *pattern)
{
	for (size_t i = 0; i < count; i++)
		if (fnmatch(pattern, services[i].name, 0) == 0 &&
		    !strvec_contains(names, services[i].name))
			strvec_add(names, services[i].name);
}

/* "web-*" to the services that it means; what means none stays, to be an error. */
static void expand_patterns(struct invocation *invocation)
{
	const struct project *project = invocation->project;
	auto_strvec struct strvec names = {0};

	for (size_t i = 0; i < invocation->argument_count; i++) {
		const char *pattern = invocation->arguments[i];
		size_t before = names.count;

		if (strpbrk(pattern, "*?[")) {
			add_matching(&names, project->services.items, project->services.count,
				     pattern);
			if (invocation->command->needs & ALL_PROFILES)
				add_matching(&names, project->disabled.items,
					     project->disabled.count, pattern);
		}
		if (names.count == before)
			strvec_add(&names, pattern);
	}
	invocation->argument_count = names.count;
	invocation->arguments =
		arena_array(invocation->arena, names.count + 1, sizeof(*invocation->arguments));
	for (size_t i = 0; i < names.count; i++)
		invocation->arguments[i] = arena_string(invocation->arena, names.items[i]);
}

int service_argument_check(struct invocation *invocation, const char *name, struct error *err)
{
	err->code = 0;
	if (is_known(invocation, name, err))
		return 0;
	if (err->code != 0)
		return -1;
	unknown_service(invocation->project, name, err);
	return unknown_hint_object(invocation, name, err);
}

int service_arguments_check(struct invocation *invocation, struct error *err)
{
	size_t count;

	if (!invocation->project_name ||
	    !(invocation->command->needs & (SERVICE_FIRST | SERVICE_ARGUMENTS)))
		return 0;
	if (invocation->command->needs & SERVICE_ARGUMENTS && invocation->project)
		expand_patterns(invocation);
	count = invocation->command->needs & SERVICE_FIRST ? 1 : invocation->argument_count;
	for (size_t i = 0; i < count; i++)
		if (service_argument_check(invocation, invocation->arguments[i], err) < 0)
			return -1;
	return 0;
}
