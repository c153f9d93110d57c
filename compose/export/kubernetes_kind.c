/* SPDX-License-Identifier: Apache-2.0 */
/* Which kind of object runs a service: by how it is restarted, and by what it writes into. */
#include "compose/export/kubernetes_private.h"

#include <string.h>

bool kubernetes_is_awaited(const struct project *project, const char *service)
{
	for (size_t i = 0; i < project->services.count; i++) {
		const struct service *other = &project->services.items[i];

		for (size_t j = 0; j < other->depends_on.count; j++)
			if (other->depends_on.items[j].condition ==
				    CONDITION_COMPLETED_SUCCESSFULLY &&
			    strcmp(other->depends_on.items[j].service, service) == 0)
				return true;
	}
	return false;
}

/* Said, not only by default, that it ends once. */
static bool ends_once(const struct service *service)
{
	const struct deploy_restart_policy *policy =
		service->deploy ? service->deploy->restart_policy : NULL;
	const char *word = policy ? policy->condition : service->restart;

	return word && (strcmp(word, "no") == 0 || strcmp(word, "none") == 0) &&
	       !service->ports.count && !(service->expose && *service->expose) &&
	       !service->healthcheck;
}

static bool has_own_volume(const struct export_work *work, const struct service *service)
{
	for (size_t i = 0; i < service->volumes.count; i++) {
		const struct service_volume *use = &service->volumes.items[i];
		const struct project_volume *volume =
			use->source && strcmp(use->type, "volume") == 0
				? project_find_volume(work->project, use->source)
				: NULL;

		if (volume && kubernetes_is_own_volume(work, volume))
			return true;
	}
	return false;
}

/* Without a look at volumes, which look back. */
static enum workload plain_workload(const struct project *project, const struct service *service)
{
	const char *mode = service->deploy ? service->deploy->mode : NULL;

	if (kubernetes_is_awaited(project, service->name))
		return WORKLOAD_NONE;
	if ((mode && strstr(mode, "-job")) || (!mode && ends_once(service)))
		return WORKLOAD_JOB;
	return mode && strcmp(mode, "global") == 0 ? WORKLOAD_DAEMON_SET : WORKLOAD_DEPLOYMENT;
}

enum workload kubernetes_workload(const struct export_work *work, const struct service *service)
{
	enum workload plain = plain_workload(work->project, service);

	return plain == WORKLOAD_DEPLOYMENT && has_own_volume(work, service) ? WORKLOAD_STATEFUL_SET
									     : plain;
}

bool kubernetes_is_own_volume(const struct export_work *work, const struct project_volume *volume)
{
	const struct project *project = work->project;
	const struct service *owner = NULL;

	if (volume->external == TRISTATE_TRUE)
		return false;
	for (size_t i = 0; i < project->services.count; i++) {
		const struct service *service = &project->services.items[i];

		for (size_t j = 0; j < service->volumes.count; j++) {
			const struct service_volume *use = &service->volumes.items[j];

			if (strcmp(use->type, "volume") != 0 || !use->source ||
			    strcmp(use->source, volume->key) != 0)
				continue;
			if ((owner && owner != service) || use->read_only == TRISTATE_TRUE)
				return false;
			owner = service;
		}
	}
	return owner && plain_workload(project, owner) == WORKLOAD_DEPLOYMENT;
}
