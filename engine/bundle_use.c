/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bundle_use.h"

#include "engine/container.h"
#include "engine/labels.h"

#include <string.h>

static bool is_below(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	return path && strncmp(path, folder, length) == 0 &&
	       (path[length] == '\0' || path[length] == '/');
}

static bool uses(const struct container *container, const char *path)
{
	if (is_below(container_label(container, LABEL_WORKING_DIR), path))
		return true;
	for (size_t i = 0; i < container->mount_count; i++)
		if (container->mounts[i].type == CONTAINER_MOUNT_BIND &&
		    is_below(container->mounts[i].source, path))
			return true;
	return false;
}

size_t bundle_use_count(const struct container *containers, size_t count, const char *path)
{
	size_t users = 0;

	for (size_t i = 0; i < count; i++)
		users += uses(&containers[i], path);
	return users;
}
