/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/validate_service.h"

#include "compose/model/mistake.h"
#include "compose/model/validate_attached.h"
#include "compose/model/validate_values.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "base/path.h"
#include "engine/labels.h"

#include <ctype.h>
#include <string.h>

/* ------------------------------------------------------------------ image and build */

static bool matches_platform(const char *listed, const char *wanted)
{
	size_t length = strlen(wanted);

	return strncmp(listed, wanted, length) == 0 && (!listed[length] || listed[length] == '/');
}

static void check_context(struct check *check, const char *entry)
{
	auto_free char *name = strndup(entry, strcspn(entry, "="));
	const struct step *way = OWN(check, KEY("build"), KEY("additional_contexts"), KEY(name));
	const char *other = entry + strlen(name) + 9;
	const struct service *service;

	if (strncmp(entry + strlen(name), "=service:", 9) != 0)
		return;
	service = project_find_any_service(check->project, other);
	if (!service)
		fail(check, way,
		     "service \"%s\" declares unknown service \"%s\" as additional "
		     "context" INVALID,
		     other);
	else if (!service->build)
		fail(check, way,
		     "service \"%s\" declares non-buildable service \"%s\" as additional "
		     "context" INVALID,
		     other);
}

static void check_ssh(struct check *check, char *const *entries)
{
	for (; entries && *entries; entries++)
		if (!strchr(*entries, '=') && strcmp(*entries, "default") != 0)
			fail(check, OWN(check, KEY("build"), KEY("ssh"), KEY(*entries)),
			     "services.%s.build.ssh: '%s' is not 'default' and has no path; "
			     "ID=PATH",
			     *entries);
}

static void check_build(struct check *check)
{
	const struct service *service = check->service;
	const struct service_build *build = service->build;
	bool is_listed = false;

	if (!build)
		return;
	if (build->dockerfile && build->dockerfile_inline)
		fail(check, OWN(check, KEY("build"), KEY("dockerfile_inline")),
		     "service \"%s\" declares mutually exclusive dockerfile and "
		     "dockerfile_inline" INVALID);
	for (char **entry = build->additional_contexts; entry && *entry; entry++)
		check_context(check, *entry);
	check_ssh(check, build->ssh);
	for (size_t i = 0; i < build->secrets.count; i++)
		if (build->secrets.items[i].source &&
		    !project_find_file(&check->project->secrets, build->secrets.items[i].source))
			fail(check, OWN(check, KEY("build"), KEY("secrets"), ITEM(i)),
			     "service \"%s\" refers to undefined build secret %s" INVALID,
			     build->secrets.items[i].source);
	for (char **platform = build->platforms; platform && *platform; platform++)
		is_listed = is_listed || !service->platform ||
			    matches_platform(*platform, service->platform);
	if (service->platform && build->platforms && *build->platforms && !is_listed)
		fail(check, OWN(check, KEY("build"), KEY("platforms")),
		     "service \"%s\": service.build.platforms MUST include service.platform "
		     "\"%s\"" INVALID,
		     service->platform);
}

static void check_image(struct check *check)
{
	const struct service *service = check->service;

	if ((!service->image || !*service->image) && !service->build && !service->provider)
		fail(check, OWN(check),
		     "service \"%s\" has neither an image nor a build context specified" INVALID);
}

/* ------------------------------------------------------------------ life cycle */

static void check_healthcheck(struct check *check)
{
	static const char *const words[] = {"CMD", "CMD-SHELL", "NONE", NULL};
	const struct service_healthcheck *health = check->service->healthcheck;
	auto_strbuf struct strbuf hint = {0};

	if (!health)
		return;
	if (health->test && *health->test && !mistake_is_one_of(*health->test, words)) {
		problem_add_suggestion(&hint, words, *health->test);
		fail(check, OWN(check, KEY("healthcheck"), KEY("test"), ITEM(0)),
		     "services.%s.healthcheck.test: the first item is '%s'; it must be CMD, "
		     "CMD-SHELL or NONE" INVALID "%s",
		     *health->test, strbuf_text(&hint));
	}
	if (health->start_interval != MODEL_UNSET && health->start_period == MODEL_UNSET)
		fail_limit(check, OWN(check, KEY("healthcheck"), KEY("start_interval")),
			   "services.%s.healthcheck.start_interval requires "
			   "healthcheck.start_period to "
			   "be set");
}

static void check_dependencies(struct check *check)
{
	for (size_t i = 0; i < check->service->depends_on.count; i++) {
		const struct service_dependency *dependency = &check->service->depends_on.items[i];
		const char *name = dependency->service;

		if (dependency->required != TRISTATE_FALSE && !dependency->is_implied &&
		    !project_find_service(check->project, name))
			mistake_unknown_service(check, OWN(check, KEY("depends_on"), KEY(name)),
						name);
	}
	for (size_t i = 0; check->service->links && check->service->links[i]; i++) {
		const char *link = check->service->links[i];
		auto_free char *name = strndup(link, strcspn(link, ":"));

		if (!project_find_service(check->project, name))
			mistake_unknown_service(check, OWN(check, KEY("links"), ITEM(i)), name);
		else if (strchr(link, ':') != strrchr(link, ':'))
			fail(check, OWN(check, KEY("links"), ITEM(i)),
			     "services.%s.links[%zu]: too many colons in '%s'; SERVICE[:ALIAS]", i,
			     link);
	}
}

static const struct service_network *find_fixed_address(const struct service *service)
{
	for (size_t i = 0; i < service->networks.count; i++)
		if (service->networks.items[i].ipv4_address ||
		    service->networks.items[i].ipv6_address)
			return &service->networks.items[i];
	return NULL;
}

static void check_replicas(struct check *check)
{
	const struct service *service = check->service;
	const struct service_deploy *deploy = service->deploy;
	const struct service_network *fixed = find_fixed_address(service);

	if (service->scale != MODEL_UNSET && deploy && deploy->replicas != MODEL_UNSET &&
	    service->scale != deploy->replicas)
		fail(check, OWN(check, KEY("scale")),
		     "services.%s: can't set distinct values on 'scale' and "
		     "'deploy.replicas'" INVALID);
	if (project_replicas(service) <= 1)
		return;
	if (service->container_name)
		fail(check, OWN(check, KEY("container_name")),
		     "services.%s: container_name is set, so there can be one container only, but "
		     "%lld replicas are asked for; remove container_name" INVALID,
		     (long long)project_replicas(service));
	if (fixed)
		fail(check,
		     OWN(check, KEY("networks"), KEY(fixed->network),
			 KEY(fixed->ipv4_address ? "ipv4_address" : "ipv6_address")),
		     "services.%s: a fixed address cannot be given to %lld replicas; remove the "
		     "address" INVALID,
		     (long long)project_replicas(service));
}

/* ------------------------------------------------------------------ resources */

static void compare_numbers(struct check *check, int64_t one, int64_t other,
			    const char *const *names)
{
	if (one != MODEL_UNSET && other != MODEL_UNSET && one != other)
		fail(check, OWN(check, KEY(names[0])),
		     "services.%s: can't set distinct values on '%s' and "
		     "'deploy.resources.%s'" INVALID,
		     names[0], names[1]);
}

static void check_ulimits(struct check *check)
{
	for (size_t i = 0; i < check->service->ulimits.count; i++) {
		const struct service_ulimit *limit = &check->service->ulimits.items[i];

		if (limit->soft != MODEL_UNSET && limit->hard != MODEL_UNSET && limit->hard >= 0 &&
		    (limit->soft > limit->hard || limit->soft < 0))
			fail(check, OWN(check, KEY("ulimits"), KEY(limit->name), KEY("soft")),
			     "services.%s.ulimits.%s: soft is above hard", limit->name);
	}
}

static void check_resources(struct check *check)
{
	static const struct deploy_limits none = {
		.cpus = MODEL_UNSET_FRACTION, .memory = MODEL_UNSET, .pids = MODEL_UNSET};
	static const char *const memory[] = {"mem_limit", "limits.memory"};
	static const char *const reserved[] = {"mem_reservation", "reservations.memory"};
	static const char *const pids[] = {"pids_limit", "limits.pids"};
	const struct service *service = check->service;
	const struct deploy_resources *resources =
		service->deploy ? service->deploy->resources : NULL;
	const struct deploy_limits *limits =
		resources && resources->limits ? resources->limits : &none;
	const struct deploy_limits *reservations =
		resources && resources->reservations ? resources->reservations : &none;

	if (service->cpus >= 0 && limits->cpus >= 0 && service->cpus != limits->cpus)
		fail(check, OWN(check, KEY("cpus")),
		     "services.%s: can't set distinct values on 'cpus' and "
		     "'deploy.resources.limits.cpus'" INVALID);
	compare_numbers(check, service->mem_limit, limits->memory, memory);
	compare_numbers(check, service->mem_reservation, reservations->memory, reserved);
	compare_numbers(check, service->pids_limit, limits->pids, pids);
	check_ulimits(check);
}

/* ------------------------------------------------------------------ the rest */

static void check_names(struct check *check)
{
	const struct service *service = check->service;
	const char *hostname = service->hostname;

	if (service->container_name && !path_is_name(service->container_name))
		fail(check, OWN(check, KEY("container_name")),
		     "services.%s.container_name: '%s' is not a valid name; letters, digits, '_', "
		     "'.' and '-', starting with a letter or digit",
		     service->container_name);
	for (; hostname && *hostname; hostname++)
		if (!isalnum((unsigned char)*hostname) && !strchr("._-", *hostname)) {
			fail(check, OWN(check, KEY("hostname")),
			     "services.%s.hostname: '%s' is not a valid host name; letters, "
			     "digits, '.' and '-'",
			     service->hostname);
			break;
		}
	for (char **label = service->labels; label && *label; label++)
		if (labels_is_reserved(*label))
			log_warning_once("services.%s.labels: labels under com.docker.compose are "
					 "reserved; '%s' may be overwritten",
					 service->name, *label);
}

static void check_watch(struct check *check)
{
	const struct service_develop *develop = check->service->develop;

	for (size_t i = 0; develop && i < develop->watch.count; i++) {
		const struct service_watch *watch = &develop->watch.items[i];
		bool syncs = watch->action && strncmp(watch->action, "sync", 4) == 0;

		if (!watch->path || !*watch->path)
			fail(check, OWN(check, KEY("develop"), KEY("watch"), ITEM(i)),
			     "services.%s.develop.watch[%zu]: path must not be empty", i);
		if (syncs && !watch->target)
			fail(check,
			     OWN(check, KEY("develop"), KEY("watch"), ITEM(i), KEY("action")),
			     "services.%s.develop.watch[%zu]: target is required for action "
			     "%s" INVALID,
			     i, watch->action);
	}
}

static void check_hooks(struct check *check)
{
	const struct service *service = check->service;

	for (size_t i = 0; i < service->pre_start.count; i++)
		if (!service->pre_start.items[i].image && !service->image && !service->build)
			fail(check, OWN(check, KEY("pre_start"), ITEM(i)),
			     "services.%s.pre_start[%zu]: an image is required", i);
}

void validate_service(const struct project *project, const struct service *service,
		      struct problems *problems)
{
	static void (*const checks[])(struct check *) = {
		check_image,	    check_build,    check_healthcheck, check_names,
		check_dependencies, check_replicas, check_resources,   validate_attached,
		check_watch,	    check_hooks,    validate_values,
	};
	struct check check = {.project = project, .service = service, .problems = problems};

	for (size_t i = 0; i < array_length(checks); i++)
		checks[i](&check);
}
