/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/recreation.h"

#include "base/arena.h"
#include "compose/apply/actual.h"
#include "compose/apply/convergence.h"
#include "engine/labels.h"

#include <string.h>

const char *recreation_name(const char *other, const char *name, struct arena *arena)
{
	return arena_format(arena, "%.12s_%s", other, name);
}

/* NAME, when @container is called as recreation_name says. */
static const char *name_behind(const struct container *container, const char *other)
{
	return strncmp(container->name, other, 12) == 0 && container->name[12] == '_'
		       ? container->name + 13
		       : NULL;
}

/* The name that one side of a recreation waits for, NULL when @container has its own. The label
 * says who replaces whom: a name alone may be the user's choice. */
static const char *waiting_for(const struct actual *actual, const struct container *container)
{
	const char *replaced = labels_replaced(container);
	const char *name = replaced ? name_behind(container, replaced) : NULL;

	for (size_t i = 0; !name && i < actual->count; i++) {
		const struct container *other = &actual->containers[i];

		replaced = other->id ? labels_replaced(other) : NULL;
		if (replaced && strcmp(replaced, container->id) == 0)
			name = name_behind(container, other->id);
	}
	return name;
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
		const char *name = waiting_for(actual, container);

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
