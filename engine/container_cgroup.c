/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container_cgroup.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "engine/container.h"

#include <string.h>

int container_cgroup_check_parent(const char *parent, struct error *err)
{
	auto_free char *clean = parent ? path_clean(parent) : NULL;

	if (clean && (strstr(parent, "..") || strcmp(clean, "/") == 0 || strcmp(clean, ".") == 0))
		return error_set(err, ERROR_INVALID, "cgroup_parent '%s' is not allowed", parent);
	return 0;
}

const char *container_cgroup_join(const char *parent, const char *id, struct arena *arena)
{
	auto_free char *clean = path_clean(parent ? parent : "coracle");

	return arena_format(arena, "%s/%s", clean + (*clean == '/'), id);
}

const char *container_cgroup_path(const struct container *container, struct arena *arena)
{
	return container_cgroup_join(container->config.cgroup_parent, container->id, arena);
}
