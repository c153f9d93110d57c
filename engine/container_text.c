/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words for what a container can be, on disk and for users, and what is asked about one most
 * often.
 */
#include "engine/container.h"

#include "base/pair.h"

const char *const container_mount_types[] = {
	[CONTAINER_MOUNT_BIND] = "bind",
	[CONTAINER_MOUNT_VOLUME] = "volume",
	[CONTAINER_MOUNT_TMPFS] = "tmpfs",
	[CONTAINER_MOUNT_IMAGE] = "image",
	NULL,
};

const char *const container_file_kinds[] = {
	[CONTAINER_SECRET] = "secret",
	[CONTAINER_CONFIG] = "config",
	NULL,
};

const char *const container_restarts[] = {
	[RESTART_NO] = "no",
	[RESTART_ALWAYS] = "always",
	[RESTART_UNLESS_STOPPED] = "unless-stopped",
	[RESTART_ON_FAILURE] = "on-failure",
	NULL,
};

const char *const container_statuses[] = {
	[CONTAINER_CREATED] = "created",   [CONTAINER_RUNNING] = "running",
	[CONTAINER_PAUSED] = "paused",	   [CONTAINER_RESTARTING] = "restarting",
	[CONTAINER_REMOVING] = "removing", [CONTAINER_EXITED] = "exited",
	[CONTAINER_DEAD] = "dead",	   NULL,
};

const char *const container_healths[] = {
	[HEALTH_NONE] = "",
	[HEALTH_STARTING] = "starting",
	[HEALTH_HEALTHY] = "healthy",
	[HEALTH_UNHEALTHY] = "unhealthy",
	NULL,
};

const char *container_label(const struct container *container, const char *name)
{
	return pair_find(container->config.labels, container->config.label_count, name);
}

bool container_is_live(const struct container *container)
{
	enum container_status status = container->state.status;

	return status == CONTAINER_RUNNING || status == CONTAINER_PAUSED ||
	       status == CONTAINER_RESTARTING;
}
