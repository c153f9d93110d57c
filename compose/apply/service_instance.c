/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/service_instance.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/strvec.h"

const char *service_made_name(const struct project *project, const struct service *service,
			      const char *rest, struct arena *arena)
{
	const char *between = project->name_separator;

	if (service->full_name)
		return arena_format(arena, "%s%s%s", service->full_name, rest ? between : "",
				    rest ? rest : "");
	return arena_format(arena, "%s%s%s%s%s", project->name, between, service->name,
			    rest ? between : "", rest ? rest : "");
}

const char *service_container_name(const struct project *project, const struct service *service,
				   int number, struct arena *arena)
{
	if (service->container_name)
		return service->container_name;
	return service_made_name(project, service, arena_format(arena, "%d", number), arena);
}

const char *service_image(const struct project *project, const struct service *service,
			  struct arena *arena)
{
	return service->image ? service->image : service_made_name(project, service, NULL, arena);
}

const char *service_platform(const struct project *project, const struct service *service)
{
	const char *fallback;

	if (service->platform && *service->platform)
		return service->platform;
	fallback = strvec_getenv(project->environment, "DOCKER_DEFAULT_PLATFORM");
	return fallback && *fallback ? fallback : NULL;
}

int service_explain_image(const struct service *service, const char *image, struct error *err)
{
	if (err->code == ERROR_NOT_FOUND && service->build)
		error_set(err, ERROR_NOT_FOUND,
			  "image '%.300s' is not here: build it with 'coracle build %s'", image,
			  service->name);
	return error_wrap(err, "service \"%s\"", service->name);
}
