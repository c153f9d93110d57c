/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words for what a container can be, on disk and for users, and what is asked about one most
 * often.
 */
#include "engine/container.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/pair.h"
#include "base/units.h"

#include <string.h>

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

/* An empty text is Docker's way to say none, and 0 attempts are as many as it takes. */
int container_restart_parse(struct container_restart_policy *policy, const char *text,
			    struct error *err)
{
	const char *colon = strchr(text, ':');
	auto_free char *word = strndup(text, strcspn(text, ":"));
	int condition = *word ? record_find_word(container_restarts, word) : RESTART_NO;
	int64_t most = 0;

	*policy = (struct container_restart_policy){0};
	if (colon == text)
		return error_set(err, ERROR_INVALID,
				 "invalid restart policy format: no policy provided before colon");
	if (condition < 0)
		return error_set(err, ERROR_INVALID,
				 "invalid restart policy: unknown policy '%s'; use one of 'no', "
				 "'always', 'on-failure', or 'unless-stopped'",
				 word);
	if (colon && units_parse_int(&most, colon + 1, 0, INT32_MAX, NULL) < 0)
		return error_set(err, ERROR_INVALID,
				 "invalid restart policy format: maximum retry count must be an "
				 "integer");
	if (most && condition != RESTART_ON_FAILURE)
		return error_set(err, ERROR_INVALID,
				 "invalid restart policy: maximum retry count can only be used "
				 "with 'on-failure'");
	policy->condition = (enum container_restart)condition;
	policy->max_attempts = (int)most;
	return 0;
}

const char *container_label(const struct container *container, const char *name)
{
	return pair_find(container->config.labels, container->config.label_count, name);
}

bool container_is_id(const char *text)
{
	return strlen(text) == CONTAINER_ID_LENGTH &&
	       strspn(text, "0123456789abcdef") == CONTAINER_ID_LENGTH;
}

bool container_is_live(const struct container *container)
{
	enum container_status status = container->state.status;

	return status == CONTAINER_RUNNING || status == CONTAINER_PAUSED ||
	       status == CONTAINER_RESTARTING;
}
