/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of a container's states, and what is asked about a container most often.
 */
#include "engine/container.h"

#include <string.h>

static const char *const status_names[CONTAINER_STATUS_COUNT] = {
	[CONTAINER_CREATED] = "created",   [CONTAINER_RUNNING] = "running",
	[CONTAINER_PAUSED] = "paused",	   [CONTAINER_RESTARTING] = "restarting",
	[CONTAINER_REMOVING] = "removing", [CONTAINER_EXITED] = "exited",
	[CONTAINER_DEAD] = "dead",
};

static const char *const health_names[] = {
	[HEALTH_NONE] = "",
	[HEALTH_STARTING] = "starting",
	[HEALTH_HEALTHY] = "healthy",
	[HEALTH_UNHEALTHY] = "unhealthy",
};

const char *container_status_name(enum container_status status)
{
	return status_names[status];
}

const char *container_health_name(enum container_health health)
{
	return health_names[health];
}

const char *container_label(const struct container *container, const char *name)
{
	for (size_t i = 0; i < container->config.label_count; i++)
		if (strcmp(container->config.labels[i].name, name) == 0)
			return container->config.labels[i].value;
	return NULL;
}

bool container_is_live(const struct container *container)
{
	enum container_status status = container->state.status;

	return status == CONTAINER_RUNNING || status == CONTAINER_PAUSED ||
	       status == CONTAINER_RESTARTING;
}
