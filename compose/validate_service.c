/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/validate_service.h"

#include "compose/model.h"
#include "compose/problems.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/map.h"
#include "base/path.h"
#include "base/units.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#define INVALID ": invalid compose project"

struct check {
	const struct project *project;
	const struct service *service;
	struct problems *problems;
};

/* A problem of this service: service is the format's first %s. */
#define fail(check, format, ...)                                                                   \
	problem_add_at((check)->problems, (check)->service->where, format, (check)->service->name, \
		       ##__VA_ARGS__)

static bool is_one_of(const char *text, const char *const *words)
{
	while (*words && strcmp(*words, text) != 0)
		words++;
	return *words != NULL;
}

/* ------------------------------------------------------------------ image and build */

static bool matches_platform(const char *listed, const char *wanted)
{
	size_t length = strlen(wanted);

	return strncmp(listed, wanted, length) == 0 && (!listed[length] || listed[length] == '/');
}

static void check_build(struct check *check)
{
	const struct service *service = check->service;
	const struct service_build *build = service->build;
	bool is_listed = false;

	if (!build)
		return;
	if (build->dockerfile && build->dockerfile_inline)
		fail(check, "service \"%s\" declares mutually exclusive dockerfile and "
			    "dockerfile_inline" INVALID);
	for (char **entry = build->additional_contexts; entry && *entry; entry++) {
		const char *value = strchr(*entry, '=');
		const struct service *other;

		if (!value || strncmp(value + 1, "service:", 8) != 0)
			continue;
		other = project_find_any_service(check->project, value + 9);
		if (!other)
			fail(check,
			     "service \"%s\" declares unknown service \"%s\" as additional "
			     "context" INVALID,
			     value + 9);
		else if (!other->build)
			fail(check,
			     "service \"%s\" declares non-buildable service \"%s\" as additional "
			     "context" INVALID,
			     value + 9);
	}
	for (size_t i = 0; i < build->secrets.count; i++)
		if (!project_find_file(&check->project->secrets, build->secrets.items[i].source))
			fail(check, "service \"%s\" refers to undefined build secret %s" INVALID,
			     build->secrets.items[i].source);
	for (char **platform = build->platforms; platform && *platform; platform++)
		is_listed = is_listed || !service->platform ||
			    matches_platform(*platform, service->platform);
	if (service->platform && build->platforms && *build->platforms && !is_listed)
		fail(check,
		     "service \"%s\": service.build.platforms MUST include service.platform "
		     "\"%s\"" INVALID,
		     service->platform);
}

static void check_image(struct check *check)
{
	const struct service *service = check->service;

	if (!service->image && !service->build && !service->provider)
		fail(check,
		     "service \"%s\" has neither an image nor a build context specified" INVALID);
}

/* ------------------------------------------------------------------ life cycle */

static void check_healthcheck(struct check *check)
{
	static const char *const words[] = {"CMD", "CMD-SHELL", "NONE", NULL};
	const struct service_healthcheck *health = check->service->healthcheck;

	if (!health)
		return;
	if (health->test && *health->test && !is_one_of(*health->test, words))
		fail(check,
		     "services.%s.healthcheck.test: the first item is '%s'; it must be CMD, "
		     "CMD-SHELL or NONE" INVALID,
		     *health->test);
	if (health->start_interval != MODEL_UNSET && health->start_period == MODEL_UNSET)
		fail(check,
		     "services.%s.healthcheck.start_interval requires healthcheck.start_period to "
		     "be set");
}

static void check_dependencies(struct check *check)
{
	for (size_t i = 0; i < check->service->depends_on.count; i++) {
		const struct service_dependency *dependency = &check->service->depends_on.items[i];

		if (strcmp(dependency->service, check->service->name) == 0)
			fail(check, "dependency cycle detected: %s -> %s" INVALID,
			     check->service->name);
		else if (dependency->required != TRISTATE_FALSE && !dependency->is_implied &&
			 !project_find_service(check->project, dependency->service))
			fail(check, "service \"%s\" depends on undefined service \"%s\"" INVALID,
			     dependency->service);
	}
	for (char **link = check->service->links; link && *link; link++) {
		auto_free char *name = strndup(*link, strcspn(*link, ":"));

		if (!project_find_service(check->project, name))
			fail(check, "service \"%s\" depends on undefined service \"%s\"" INVALID,
			     name);
	}
}

static bool has_fixed_address(const struct service *service)
{
	for (size_t i = 0; i < service->networks.count; i++)
		if (service->networks.items[i].ipv4_address ||
		    service->networks.items[i].ipv6_address)
			return true;
	return false;
}

static void check_replicas(struct check *check)
{
	const struct service *service = check->service;
	const struct service_deploy *deploy = service->deploy;

	if (service->scale != MODEL_UNSET && deploy && deploy->replicas != MODEL_UNSET &&
	    service->scale != deploy->replicas)
		fail(check, "services.%s: can't set distinct values on 'scale' and "
			    "'deploy.replicas'" INVALID);
	if (service_replicas(service) <= 1)
		return;
	if (service->container_name)
		fail(check,
		     "services.%s: container_name is set, so there can be one container only, but "
		     "%lld replicas are asked for; remove container_name" INVALID,
		     (long long)service_replicas(service));
	if (has_fixed_address(service))
		fail(check,
		     "services.%s: a fixed address cannot be given to %lld replicas; remove the "
		     "address" INVALID,
		     (long long)service_replicas(service));
}

/* ------------------------------------------------------------------ resources */

static void compare_numbers(struct check *check, int64_t one, int64_t other, const char *names)
{
	if (one != MODEL_UNSET && other != MODEL_UNSET && one != other)
		fail(check, "services.%s: can't set distinct values on %s" INVALID, names);
}

static void check_resources(struct check *check)
{
	static const struct deploy_limits none = {
		.cpus = MODEL_UNSET_FRACTION, .memory = MODEL_UNSET, .pids = MODEL_UNSET};
	const struct service *service = check->service;
	const struct deploy_resources *resources =
		service->deploy ? service->deploy->resources : NULL;
	const struct deploy_limits *limits =
		resources && resources->limits ? resources->limits : &none;
	const struct deploy_limits *reservations =
		resources && resources->reservations ? resources->reservations : &none;

	if (service->cpus >= 0 && limits->cpus >= 0 && service->cpus != limits->cpus)
		fail(check, "services.%s: can't set distinct values on 'cpus' and "
			    "'deploy.resources.limits.cpus'" INVALID);
	compare_numbers(check, service->mem_limit, limits->memory,
			"'mem_limit' and 'deploy.resources.limits.memory'");
	compare_numbers(check, service->mem_reservation, reservations->memory,
			"'mem_reservation' and 'deploy.resources.reservations.memory'");
	compare_numbers(check, service->pids_limit, limits->pids,
			"'pids_limit' and 'deploy.resources.limits.pids'");
	for (size_t i = 0; i < service->ulimits.count; i++) {
		const struct service_ulimit *limit = &service->ulimits.items[i];

		if (limit->soft != MODEL_UNSET && limit->hard != MODEL_UNSET && limit->hard >= 0 &&
		    (limit->soft > limit->hard || limit->soft < 0))
			fail(check, "services.%s.ulimits.%s: soft is above hard", limit->name);
	}
}

/* ------------------------------------------------------------------ networks and ports */

static bool is_address(const char *text)
{
	unsigned char buffer[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, buffer) == 1 || inet_pton(AF_INET6, text, buffer) == 1;
}

static bool is_published(const char *text)
{
	auto_free char *copy = strdup(text);
	char *dash = strchr(copy, '-');
	int64_t first, last;

	if (dash)
		*dash++ = '\0';
	return units_parse_int(&first, copy, 0, 65535, NULL) == 0 &&
	       units_parse_int(&last, dash ? dash : copy, 0, 65535, NULL) == 0 && first <= last;
}

static void check_ports(struct check *check)
{
	const struct service *service = check->service;

	for (size_t i = 0; i < service->ports.count; i++) {
		const struct service_port *port = &service->ports.items[i];

		if (port->host_ip && *port->host_ip && !is_address(port->host_ip))
			fail(check, "services.%s.ports[%zu]: invalid ip address: %s", i,
			     port->host_ip);
		if (port->published && !is_published(port->published))
			fail(check,
			     "services.%s.ports[%zu].published: '%s' is not a port or a range of "
			     "ports",
			     i, port->published);
	}
	for (char **expose = service->expose; expose && *expose; expose++) {
		auto_free char *ports = strndup(*expose, strcspn(*expose, "/"));

		if (!is_published(ports))
			fail(check,
			     "services.%s.expose: '%s' is not a port, a range or PORT/PROTOCOL",
			     *expose);
	}
	if (service->ports.count && service->network_mode &&
	    strcmp(service->network_mode, "host") == 0)
		log_warning_once("services.%s: published ports have no effect with network_mode: "
				 "host",
				 service->name);
}

static void check_reference(struct check *check, const char *attribute, const char *mode)
{
	if (!mode || strncmp(mode, "service:", 8) != 0)
		return;
	if (!project_find_service(check->project, mode + 8))
		fail(check, "services.%s: service \"%s\" not found for %s '%s'" INVALID, mode + 8,
		     attribute, mode);
}

static void check_networks(struct check *check)
{
	static const char *const modes[] = {"none", "host", "bridge", "default", "", NULL};
	const struct service *service = check->service;
	const char *mode = service->network_mode;

	if (mode && service->networks.count)
		fail(check, "service %s declares mutually exclusive `network_mode` and "
			    "`networks`" INVALID);
	if (mode && !is_one_of(mode, modes) && strncmp(mode, "service:", 8) != 0 &&
	    strncmp(mode, "container:", 10) != 0)
		fail(check,
		     "services.%s.network_mode: '%s' is not allowed; none, host, bridge, "
		     "service:NAME or container:NAME; join networks with 'networks'",
		     mode);
	for (size_t i = 0; i < service->networks.count; i++) {
		const struct service_network *network = &service->networks.items[i];

		if (!project_find_network(check->project, network->network))
			fail(check, "service \"%s\" refers to undefined network %s" INVALID,
			     network->network);
		if (network->ipv4_address && !is_address(network->ipv4_address))
			fail(check, "services.%s.networks.%s: invalid ip address: %s",
			     network->network, network->ipv4_address);
		if (network->ipv6_address && !is_address(network->ipv6_address))
			fail(check, "services.%s.networks.%s: invalid ip address: %s",
			     network->network, network->ipv6_address);
	}
	check_reference(check, "network_mode", mode);
	check_reference(check, "ipc", service->ipc);
	check_reference(check, "pid", service->pid);
	check_reference(check, "uts", service->uts);
	check_reference(check, "cgroup", service->cgroup);
}

/* ------------------------------------------------------------------ mounts */

static void check_mount(struct check *check, size_t i)
{
	const struct service_volume *volume = &check->service->volumes.items[i];
	const char *type = volume->type ? volume->type : "";

	if (!volume->target || *volume->target != '/')
		fail(check, "services.%s.volumes[%zu]: target '%s' must be an absolute path", i,
		     volume->target ? volume->target : "");
	if (strcmp(type, "bind") == 0 && !volume->source)
		fail(check,
		     "services.%s.volumes[%zu]: invalid mount config for type \"bind\": field "
		     "Source must not be empty",
		     i);
	if (strcmp(type, "image") == 0 && !volume->source)
		fail(check, "services.%s.volumes[%zu]: type image needs a source", i);
	if (strcmp(type, "tmpfs") == 0 && volume->source)
		fail(check, "services.%s.volumes[%zu]: type tmpfs has no source", i);
	if (strcmp(type, "volume") == 0 && volume->source &&
	    !project_find_volume(check->project, volume->source))
		fail(check, "service \"%s\" refers to undefined volume %s" INVALID, volume->source);
}

static void check_targets(struct check *check)
{
	const struct service *service = check->service;
	auto_map struct map targets = {0};

	for (size_t i = 0; i < service->volumes.count; i++) {
		const char *target = service->volumes.items[i].target;

		if (target)
			map_set(&targets, target, (void *)(i + 1));
	}
	for (size_t i = 0; service->tmpfs && service->tmpfs[i]; i++) {
		auto_free char *path = strndup(service->tmpfs[i], strcspn(service->tmpfs[i], ":"));
		auto_free char *clean = path_clean(path);
		size_t index = (size_t)map_get(&targets, clean);

		if (*path != '/')
			fail(check, "services.%s.tmpfs[%zu]: '%s' must be an absolute path", i,
			     path);
		if (index)
			fail(check,
			     "services.%s.volumes[%zu]: target %s already mounted as "
			     "services.%s.tmpfs[%zu]",
			     index - 1, clean, service->name, i);
	}
}

static void check_volumes_from(struct check *check)
{
	for (char **entry = check->service->volumes_from; entry && *entry; entry++) {
		auto_free char *name = strndup(*entry, strcspn(*entry, ":"));

		if (strncmp(*entry, "container:", 10) != 0 &&
		    !project_find_service(check->project, name))
			fail(check, "service \"%s\" depends on undefined service \"%s\"" INVALID,
			     name);
	}
}

static void check_mounts(struct check *check)
{
	const struct service *service = check->service;

	for (size_t i = 0; i < service->volumes.count; i++)
		check_mount(check, i);
	check_targets(check);
	check_volumes_from(check);
	for (size_t i = 0; i < service->secrets.count; i++)
		if (service->secrets.items[i].source &&
		    !project_find_file(&check->project->secrets, service->secrets.items[i].source))
			fail(check, "service \"%s\" refers to undefined secret %s" INVALID,
			     service->secrets.items[i].source);
	for (size_t i = 0; i < service->configs.count; i++)
		if (service->configs.items[i].source &&
		    !project_find_file(&check->project->configs, service->configs.items[i].source))
			fail(check, "service \"%s\" refers to undefined config %s" INVALID,
			     service->configs.items[i].source);
}

/* ------------------------------------------------------------------ the rest */

static void check_names(struct check *check)
{
	const struct service *service = check->service;
	const char *hostname = service->hostname;

	if (service->container_name && !path_is_name(service->container_name))
		fail(check,
		     "services.%s.container_name: '%s' is not a valid name; letters, digits, '_', "
		     "'.' and '-', starting with a letter or digit",
		     service->container_name);
	for (; hostname && *hostname; hostname++)
		if (!isalnum((unsigned char)*hostname) && !strchr("._-", *hostname)) {
			fail(check,
			     "services.%s.hostname: '%s' is not a valid host name; letters, "
			     "digits, '.' and '-'",
			     service->hostname);
			break;
		}
	for (char **label = service->labels; label && *label; label++)
		if (strncmp(*label, "com.docker.compose.", 19) == 0)
			log_warning_once("services.%s.labels: labels under com.docker.compose are "
					 "reserved; '%s' may be overwritten",
					 service->name, *label);
}

static void check_logging(struct check *check)
{
	static const char *const drivers[] = {"", "json-file", "local", "none", NULL};
	const struct service_logging *logging = check->service->logging;

	if (logging && logging->driver && !is_one_of(logging->driver, drivers))
		log_warning_once("services.%s.logging.driver: '%s' is not supported, logs are kept "
				 "as by json-file; json-file, local and none are",
				 check->service->name, logging->driver);
}

static void check_watch(struct check *check)
{
	const struct service_develop *develop = check->service->develop;

	for (size_t i = 0; develop && i < develop->watch.count; i++) {
		const struct service_watch *watch = &develop->watch.items[i];
		bool syncs = watch->action && strncmp(watch->action, "sync", 4) == 0;

		if (!watch->path || !*watch->path)
			fail(check, "services.%s.develop.watch[%zu]: path must not be empty", i);
		if (syncs && !watch->target)
			fail(check,
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
			fail(check, "services.%s.pre_start[%zu]: an image is required", i);
}

void validate_service(const struct project *project, const struct service *service,
		      struct problems *problems)
{
	static void (*const checks[])(struct check *) = {
		check_image,	    check_build,    check_healthcheck, check_names,
		check_dependencies, check_replicas, check_resources,   check_ports,
		check_networks,	    check_mounts,   check_logging,     check_watch,
		check_hooks,
	};
	struct check check = {.project = project, .service = service, .problems = problems};

	for (size_t i = 0; i < array_length(checks); i++)
		checks[i](&check);
}
