/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/validate_attached.h"

#include "compose/model/mistake.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/map.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "engine/namespace_mode.h"
#include "net/network.h"

#include <arpa/inet.h>
#include <string.h>

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
			fail(check, OWN(check, KEY("ports"), ITEM(i), KEY("host_ip")),
			     "services.%s.ports[%zu]: invalid ip address: %s; "
			     "[[IP:]HOST:]CONTAINER[/PROTOCOL]",
			     i, port->host_ip);
		if (port->published && !is_published(port->published))
			fail(check, OWN(check, KEY("ports"), ITEM(i), KEY("published")),
			     "services.%s.ports[%zu].published: '%s' is not a port or a range of "
			     "ports",
			     i, port->published);
	}
	for (size_t i = 0; service->expose && service->expose[i]; i++) {
		const char *expose = service->expose[i];
		auto_free char *ports = strndup(expose, strcspn(expose, "/"));

		if (*expose && !is_published(ports))
			fail(check, OWN(check, KEY("expose"), ITEM(i)),
			     "services.%s.expose[%zu]: '%s' is not a port, a range or "
			     "PORT/PROTOCOL",
			     i, expose);
	}
	if (service->ports.count && namespace_mode_is(service->network_mode, NAMESPACE_HOST))
		log_warning_once("services.%s: published ports have no effect with network_mode: "
				 "host",
				 service->name);
}

static void check_reference(struct check *check, const char *attribute, const char *mode)
{
	struct namespace_mode parsed = namespace_mode_parse(mode);
	auto_strbuf struct strbuf hint = {0};

	if (parsed.kind != NAMESPACE_SERVICE)
		return;
	if (project_find_service(check->project, parsed.name))
		return;
	mistake_suggest(&hint, NAMES(check->project->services), parsed.name);
	fail(check, OWN(check, KEY(attribute)),
	     "services.%s: service \"%s\" not found for %s '%s'" INVALID "%s", parsed.name,
	     attribute, mode, strbuf_text(&hint));
}

/* Is it in none of the subnets of its family that the file gives the network? Adds them. */
static bool is_outside(const struct project_network *network, const char *address,
		       struct strbuf *subnets)
{
	const struct network_ipam *ipam =
		network && network->external != TRISTATE_TRUE ? network->ipam : NULL;

	for (size_t i = 0; ipam && i < ipam->config.count; i++) {
		char *text = ipam->config.items[i].subnet;

		if (!text || !strchr(text, ':') != !strchr(address, ':'))
			continue;
		if (network_subnet_contains(&(struct network_subnet){.subnet = text}, address))
			return false;
		strbuf_printf(subnets, "%s%s", subnets->length ? ", " : "", text);
	}
	return subnets->length > 0;
}

static void check_network_address(struct check *check, const char *network, const char *attribute,
				  const char *address)
{
	auto_strbuf struct strbuf subnets = {0};

	if (address && !is_address(address))
		fail(check, OWN(check, KEY("networks"), KEY(network), KEY(attribute)),
		     "services.%s.networks.%s: invalid ip address: %s", network, address);
	else if (address &&
		 is_outside(project_find_network(check->project, network), address, &subnets))
		fail(check, OWN(check, KEY("networks"), KEY(network), KEY(attribute)),
		     "services.%s.networks.%s.%s: %s is not in the network's subnet %s", network,
		     attribute, address, strbuf_text(&subnets));
}

static void check_network_mode(struct check *check, const char *mode)
{
	static const char *const modes[] = {"none", "host", "bridge", "default", "", NULL};
	auto_strbuf struct strbuf hint = {0};

	if (check->service->networks.count)
		fail(check, OWN(check, KEY("network_mode")),
		     "service %s declares mutually exclusive `network_mode` and "
		     "`networks`" INVALID);
	if (mistake_is_one_of(mode, modes) || namespace_mode_parse(mode).name)
		return;
	problem_add_suggestion(&hint, modes, mode);
	fail(check, OWN(check, KEY("network_mode")),
	     "services.%s.network_mode: '%s' is not allowed; none, host, bridge, service:NAME or "
	     "container:NAME; join networks with 'networks'%s",
	     mode, strbuf_text(&hint));
}

/* The service's address is the one of its first network: by priority, then as in the file. */
static void check_mac_address(struct check *check)
{
	const struct service *service = check->service;
	const struct service_network *first = NULL;

	for (size_t i = 0; i < service->networks.count; i++) {
		const struct service_network *network = &service->networks.items[i];

		if (!first || model_number(network->priority, 0) > model_number(first->priority, 0))
			first = network;
	}
	if (service->mac_address && first && first->mac_address &&
	    strcasecmp(service->mac_address, first->mac_address) != 0)
		fail(check, OWN(check, KEY("mac_address")),
		     "services.%s.mac_address: '%s' is not that of the network %s, '%s'" INVALID,
		     service->mac_address, first->network, first->mac_address);
}

/* They would be the host's own. */
static void check_sysctls(struct check *check)
{
	const struct service *service = check->service;

	if (!namespace_mode_is(service->network_mode, NAMESPACE_HOST))
		return;
	for (char **entry = service->sysctls; entry && *entry; entry++) {
		auto_free char *name = strndup(*entry, strcspn(*entry, "="));

		if (strncmp(name, "net.", 4) == 0)
			fail(check, OWN(check, KEY("sysctls"), KEY(name)),
			     "services.%s.sysctls: '%s' cannot be set with network_mode: host",
			     name);
	}
}

static void check_networks(struct check *check)
{
	const struct service *service = check->service;

	if (service->network_mode)
		check_network_mode(check, service->network_mode);
	for (size_t i = 0; i < service->networks.count; i++) {
		const struct service_network *network = &service->networks.items[i];
		const char *name = network->network;

		if (!project_find_network(check->project, name))
			mistake_undefined(check, OWN(check, KEY("networks"), KEY(name)), "network",
					  name, NAMES(check->project->networks));
		check_network_address(check, name, "ipv4_address", network->ipv4_address);
		check_network_address(check, name, "ipv6_address", network->ipv6_address);
	}
	check_reference(check, "network_mode", service->network_mode);
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
	const struct step *way = OWN(check, KEY("volumes"), ITEM(i));
	const struct step *source = OWN(check, KEY("volumes"), ITEM(i), KEY("source"));

	if (!volume->target || *volume->target != '/')
		fail(check, OWN(check, KEY("volumes"), ITEM(i), KEY("target")),
		     "services.%s.volumes[%zu]: target '%s' must be an absolute path", i,
		     volume->target ? volume->target : "");
	if (strcmp(type, "bind") == 0 && !volume->source)
		fail(check, way,
		     "services.%s.volumes[%zu]: invalid mount config for type \"bind\": field "
		     "Source must not be empty",
		     i);
	if (strcmp(type, "image") == 0 && !volume->source)
		fail_limit(check, way, "services.%s.volumes[%zu]: type image needs a source", i);
	if (strcmp(type, "tmpfs") == 0 && volume->source)
		fail(check, source, "services.%s.volumes[%zu]: type tmpfs has no source", i);
	if (strcmp(type, "volume") == 0 && volume->source &&
	    !project_find_volume(check->project, volume->source))
		mistake_undefined(check, source, "volume", volume->source,
				  NAMES(check->project->volumes));
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
			fail(check, OWN(check, KEY("tmpfs"), ITEM(i)),
			     "services.%s.tmpfs[%zu]: '%s' must be an absolute path", i, path);
		if (index)
			fail(check, OWN(check, KEY("volumes"), ITEM(index - 1)),
			     "services.%s.volumes[%zu]: target %s already mounted as "
			     "services.%s.tmpfs[%zu]",
			     index - 1, clean, service->name, i);
	}
}

static void check_volumes_from(struct check *check)
{
	char *const *entries = check->service->volumes_from;

	for (size_t i = 0; entries && entries[i]; i++) {
		auto_free char *name = strndup(entries[i], strcspn(entries[i], ":"));

		if (!namespace_mode_is(entries[i], NAMESPACE_CONTAINER) &&
		    !project_find_service(check->project, name))
			mistake_unknown_service(check, OWN(check, KEY("volumes_from"), ITEM(i)),
						name);
	}
}

static void check_files(struct check *check, const char *section, const struct service_file *files,
			size_t count, const struct project_file_list *known)
{
	/* "secrets" is of secrets: without the s it is what one is called. */
	auto_free char *kind = strndup(section, strlen(section) - 1);

	for (size_t i = 0; i < count; i++)
		if (files[i].source && !project_find_file(known, files[i].source))
			mistake_undefined(check, OWN(check, KEY(section), ITEM(i), KEY("source")),
					  kind, files[i].source, NAMES(*known));
}

static void check_mounts(struct check *check)
{
	const struct service *service = check->service;

	for (size_t i = 0; i < service->volumes.count; i++)
		check_mount(check, i);
	check_targets(check);
	check_volumes_from(check);
	check_files(check, "secrets", service->secrets.items, service->secrets.count,
		    &check->project->secrets);
	check_files(check, "configs", service->configs.items, service->configs.count,
		    &check->project->configs);
}

void validate_attached(struct check *check)
{
	check_ports(check);
	check_networks(check);
	check_mac_address(check);
	check_sysctls(check);
	check_mounts(check);
}
