/* SPDX-License-Identifier: Apache-2.0 */
/* What units and containers are called. */
#include "compose/export/systemd_private.h"

const char *systemd_unit_name(struct export_work *work, const struct service *service,
			      int64_t number)
{
	if (project_replicas(service) == 1)
		return arena_format(work->arena, "%s-%s", work->project->name, service->name);
	return arena_format(work->arena, "%s-%s-%lld", work->project->name, service->name,
			    (long long)number);
}

const char *systemd_container_name(struct export_work *work, const struct service *service,
				   int64_t number)
{
	const char *separator = work->project->name_separator;

	if (service->container_name)
		return service->container_name;
	return arena_format(work->arena, "%s%s%s%s%lld", work->project->name, separator,
			    service->name, separator, (long long)number);
}
