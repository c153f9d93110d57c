/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container_cgroup.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/path.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "runtime/cgroup.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SAID "without-cgroups" /* in RUN */

int container_cgroup_check_parent(const char *parent, struct error *err)
{
	auto_free char *clean = parent ? path_clean(parent) : NULL;

	if (clean && (strstr(parent, "..") || strcmp(clean, "/") == 0 || strcmp(clean, ".") == 0))
		return error_set(err, ERROR_INVALID,
				 "cgroup_parent '%s' is not allowed: it must be below the root of "
				 "the hierarchy, and without '..'",
				 parent);
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

static void warn_once(const struct engine *engine, const char *reason)
{
	int fd = openat(engine->layout.run_fd, SAID, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return;
	close(fd);
	log_warning_once(
		"containers get no cgroups of their own, %s: limits of memory, processors, "
		"processes and block devices have no effect, 'pause' cannot be, 'stats' are "
		"estimated, and devices are limited as this command's are; where this is "
		"itself a container, it needs a writable cgroup (docker run --privileged)",
		reason);
}

int container_cgroup_create(const struct engine *engine, const char *path,
			    const struct spec_resources *resources, int *fd, struct error *err)
{
	struct error reason = {0};

	*fd = cgroup_create(path, resources, &reason);
	if (*fd >= 0)
		return 0;
	if (reason.code != ERROR_UNSUPPORTED)
		return error_pass(err, &reason);
	warn_once(engine, reason.text);
	cgroup_warn_without(resources);
	return 0;
}
