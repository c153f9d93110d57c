/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/donors.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "compose/apply/actual.h"
#include "compose/model/model.h"
#include "engine/labels.h"
#include "engine/namespace_mode.h"

#include <string.h>

/* X of "service:X"; NULL for any other mode. */
static const char *mode_service(const char *mode)
{
	struct namespace_mode parsed = namespace_mode_parse(mode);

	return parsed.kind == NAMESPACE_SERVICE ? parsed.name : NULL;
}

/* Is @name what stands before the first colon of @entry of volumes_from? */
static bool names(const char *entry, const char *name)
{
	size_t length = strlen(name);

	return strncmp(entry, name, length) == 0 && strchr(":", entry[length]);
}

bool donors_has(const struct service *service, const char *donor)
{
	const char *const modes[] = {service->network_mode, service->pid, service->ipc,
				     service->uts};

	for (size_t i = 0; i < array_length(modes); i++) {
		const char *name = mode_service(modes[i]);

		if (name && strcmp(name, donor) == 0)
			return true;
	}
	for (char **from = service->volumes_from; from && *from; from++)
		if (names(*from, donor))
			return true;
	return false;
}

struct container *donors_find(const struct actual *actual, const char *service)
{
	struct container *donor = actual_find(actual, service, 1);

	for (size_t i = 0; !donor && i < actual->count; i++)
		if (strcmp(labels_service(&actual->containers[i]), service) == 0 &&
		    !labels_is_one_off(&actual->containers[i]))
			donor = &actual->containers[i];
	return donor;
}

static bool is_bound_to_other(const char *mode, const char *bound, const struct actual *actual)
{
	const char *name = mode_service(mode);
	const struct container *donor = name ? donors_find(actual, name) : NULL;
	struct namespace_mode now = namespace_mode_parse(bound);

	if (!name || now.kind != NAMESPACE_CONTAINER)
		return false;
	return !donor || strcmp(now.name, donor->id) != 0;
}

/* Entries that name containers instead of services are nobody's here. */
static bool takes_from_other(const char *entry, char *const *bound, const struct actual *actual,
			     struct arena *arena)
{
	const char *name = arena_string_n(arena, entry, strcspn(entry, ":"));
	const struct container *donor = donors_find(actual, name);

	if (!bound || namespace_mode_is(entry, NAMESPACE_CONTAINER))
		return false;
	for (; donor && *bound; bound++)
		if (names(*bound, donor->id))
			return false;
	return true;
}

const char *donors_reason(const struct service *service, const struct container *container,
			  const struct actual *actual, struct arena *arena)
{
	const struct container_config *config = &container->config;
	const struct {
		const char *what, *mode, *bound;
	} shared[] = {
		{"network", service->network_mode, config->network_mode},
		{"pid", service->pid, config->pid_mode},
		{"ipc", service->ipc, config->ipc_mode},
		{"uts", service->uts, config->uts_mode},
	};

	for (size_t i = 0; i < array_length(shared); i++)
		if (is_bound_to_other(shared[i].mode, shared[i].bound, actual))
			return arena_format(arena,
					    "the container whose %s namespace it shares "
					    "has been replaced",
					    shared[i].what);
	for (char **from = service->volumes_from; from && *from; from++)
		if (takes_from_other(*from, config->volumes_from, actual, arena))
			return "the container whose volumes it has was replaced";
	return NULL;
}
