/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/recreation.h"

#include "compose/apply/actual.h"
#include "compose/apply/convergence.h"

#include <string.h>

/* The name that a successor waits for, NULL when @container has its own. */
static const char *waiting_for(const struct container *container)
{
	return strspn(container->name, "0123456789abcdef") == 12 && container->name[12] == '_'
		       ? container->name + 13
		       : NULL;
}

static bool has_container(const struct actual *actual, const char *name)
{
	for (size_t i = 0; i < actual->count; i++)
		if (strcmp(actual->containers[i].name, name) == 0)
			return true;
	return false;
}

/* A recreation that was killed: as long as the old container is there, its successor has never
 * run and goes; when only the name was missing, it gets it. */
int recreation_finish(struct convergence *convergence, struct error *err)
{
	struct actual *actual = &convergence->actual;
	size_t kept = 0;

	for (size_t i = 0; i < actual->count && !convergence->apply->dry_run; i++) {
		struct container *container = &actual->containers[i];
		const char *name = waiting_for(container);

		if (!name)
			continue;
		if (has_container(actual, name)) {
			if (container_remove(convergence->apply->engine, container->id,
					     CONTAINER_REMOVE_FORCE, err) < 0)
				return -1;
			container->id = NULL;
		} else {
			if (container_rename(convergence->apply->engine, container->id, name, err) <
			    0)
				return -1;
			container->name = name;
		}
	}
	for (size_t i = 0; i < actual->count; i++)
		if (actual->containers[i].id)
			actual->containers[kept++] = actual->containers[i];
	actual->count = kept;
	return 0;
}
