/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/service_network.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "base/units.h"
#include "compose/apply/actual.h"
#include "compose/apply/donors.h"
#include "engine/namespace_mode.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "container:ID" of the container that "service:X" or "container:Y" means. */
static int resolve_donor(const char **out, const struct namespace_mode *mode,
			 const struct service_instance *instance, struct arena *arena,
			 struct error *err)
{
	struct container container;
	struct actual actual;
	struct container *donor;

	if (mode->kind == NAMESPACE_CONTAINER) {
		if (container_find(instance->engine, mode->name, &container, arena, err) < 0)
			return -1;
		*out = arena_format(arena, "container:%s", container.id);
		return 0;
	}
	if (actual_load(&actual, instance->engine, instance->project->name, arena, err) < 0)
		return -1;
	donor = donors_find(&actual, mode->name);
	if (!donor)
		return error_set(err, ERROR_NOT_FOUND, "container missing");
	*out = arena_format(arena, "container:%s", donor->id);
	return 0;
}

static int set_mode(const char **out, const char *mode, const char *what,
		    const struct service_instance *instance, struct arena *arena, struct error *err)
{
	struct namespace_mode parsed = namespace_mode_parse(mode);

	*out = mode;
	if (!parsed.name || resolve_donor(out, &parsed, instance, arena, err) == 0)
		return 0;
	return error_wrap(err, "cannot share %s namespace with %s %s", what,
			  parsed.kind == NAMESPACE_SERVICE ? "service" : "container", parsed.name);
}

static char **endpoint_aliases(const struct service_network *network,
			       const struct service_instance *instance, struct arena *arena)
{
	auto_strvec struct strvec aliases = {0};

	if (instance->has_aliases)
		strvec_add(&aliases, instance->service->name);
	for (char **alias = network->aliases; instance->has_aliases && alias && *alias; alias++)
		if (!strvec_contains(&aliases, *alias))
			strvec_add(&aliases, *alias);
	return strvec_copy(&aliases, arena);
}

static void set_options(struct endpoint_request *endpoint, char *const *entries,
			struct arena *arena)
{
	for (; entries && *entries; entries++) {
		size_t length = strcspn(*entries, "=");

		endpoint->options = arena_grow(arena, endpoint->options, endpoint->option_count,
					       sizeof(*endpoint->options));
		endpoint->options[endpoint->option_count++] = (struct pair){
			.name = arena_string_n(arena, *entries, length),
			.value = (*entries)[length] ? *entries + length + 1 : "",
		};
	}
}

/* Higher priority connects first; equal ones as declared. */
static int by_priority(const void *a, const void *b)
{
	const struct service_network *const *left = a, *const *right = b;
	int64_t l = model_number((*left)->priority, 0), r = model_number((*right)->priority, 0);

	if (l != r)
		return l > r ? -1 : 1;
	return (*left > *right) - (*left < *right);
}

static int set_endpoints(struct container_config *config, const struct service_instance *instance,
			 struct arena *arena, struct error *err)
{
	const struct service *service = instance->service;
	size_t count = service->networks.count;
	const struct service_network **sorted = arena_array(arena, count + 1, sizeof(*sorted));

	for (size_t i = 0; i < count; i++)
		sorted[i] = &service->networks.items[i];
	if (count > 1)
		qsort(sorted, count, sizeof(*sorted), by_priority);
	config->endpoints = arena_array(arena, count + 1, sizeof(*config->endpoints));
	for (size_t i = 0; i < count; i++) {
		const struct project_network *network =
			project_find_network(instance->project, sorted[i]->network);
		struct endpoint_request *endpoint = &config->endpoints[i];

		if (!network)
			return error_set(err, ERROR_INVALID,
					 "service \"%s\" refers to undefined network %s",
					 service->name, sorted[i]->network);
		*endpoint = (struct endpoint_request){
			.network = network->name,
			.ipv4 = sorted[i]->ipv4_address,
			.ipv6 = sorted[i]->ipv6_address,
			.mac = sorted[i]->mac_address,
			.interface_name = sorted[i]->interface_name,
			.aliases = endpoint_aliases(sorted[i], instance, arena),
			.link_local = sorted[i]->link_local_ips,
			.gw_priority = (int)model_number(sorted[i]->gw_priority, 0),
		};
		set_options(endpoint, sorted[i]->driver_opts, arena);
	}
	config->endpoint_count = count;
	if (count && service->mac_address && !config->endpoints[0].mac)
		config->endpoints[0].mac = service->mac_address;
	return 0;
}

/* network_mode: bridge is one network of this instance for all projects, as docker0 is. */
static void set_bridge(struct container_config *config, const struct service_instance *instance,
		       struct arena *arena)
{
	static const struct service_network none;

	config->endpoints = arena_array(arena, 1, sizeof(*config->endpoints));
	config->endpoints[0] = (struct endpoint_request){
		.network = "bridge",
		.mac = instance->service->mac_address,
		.aliases = endpoint_aliases(&none, instance, arena),
	};
	config->endpoint_count = 1;
}

static int parse_published(struct port_request *port, const char *text, struct error *err)
{
	auto_free char *copy = alloc_string(text);
	char *dash = strchr(copy, '-');
	int64_t first = 0, last = 0;

	if (dash)
		*dash++ = '\0';
	if (units_parse_int(&first, copy, 0, 65535, err) < 0 ||
	    (dash && units_parse_int(&last, dash, 1, 65535, err) < 0))
		return error_wrap(err, "published port '%s'", text);
	port->host_port = (uint16_t)first;
	port->host_port_last = (uint16_t)last;
	return 0;
}

/* As the network's tables have it. */
static const char *protocol_name(const char *text, struct arena *arena)
{
	char *name = arena_string(arena, text && *text ? text : "tcp");

	for (char *p = name; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return name;
}

static int set_ports(struct container_config *config, const struct service_instance *instance,
		     struct arena *arena, struct error *err)
{
	const struct service *service = instance->service;
	bool is_fixed = instance->number > 0;

	for (size_t i = 0; i < service->ports.count; i++) {
		const struct service_port *wanted = &service->ports.items[i];
		struct port_request *port;

		config->ports = arena_grow(arena, config->ports, config->port_count,
					   sizeof(*config->ports));
		port = &config->ports[config->port_count++];
		*port = (struct port_request){
			.protocol = protocol_name(wanted->protocol, arena),
			.host_ip = wanted->host_ip,
			.container_port = (uint16_t)wanted->target,
		};
		if (wanted->published && *wanted->published &&
		    parse_published(port, wanted->published, err) < 0)
			return -1;
		if (!port->host_port || port->host_port_last)
			is_fixed = false;
	}
	/* Replicas share fixed ports; from a range or any free one each takes its own. */
	if (config->port_count && is_fixed)
		config->port_share =
			arena_format(arena, "%s/%s", instance->project->name, service->name);
	return 0;
}

/* "SERVICE[:ALIAS]" as "ALIAS=SERVICE". */
static char **link_names(const struct service *service, struct arena *arena)
{
	auto_strvec struct strvec names = {0};
	char *const *const lists[] = {service->links, service->external_links};

	for (size_t i = 0; i < array_length(lists); i++)
		for (char *const *link = lists[i]; link && *link; link++) {
			const char *colon = strchr(*link, ':');
			int length = (int)strcspn(*link, ":");

			strvec_addf(&names, "%s=%.*s", colon ? colon + 1 : *link, length, *link);
		}
	return names.count ? strvec_copy(&names, arena) : NULL;
}

/* NULL: none is left. */
static char **without_empty(char *const *items, struct arena *arena)
{
	auto_strvec struct strvec kept = {0};

	for (; items && *items; items++)
		if (**items)
			strvec_add(&kept, *items);
	return kept.count ? strvec_copy(&kept, arena) : NULL;
}

/* An empty entry says that there is none, not that the host's are taken: "." */
static char **search_domains(char *const *listed, struct arena *arena)
{
	static char *none[] = {(char *)".", NULL};
	char **domains = without_empty(listed, arena);

	return !domains && listed && *listed ? none : domains;
}

int service_network_set(struct container_config *config, const struct service_instance *instance,
			struct arena *arena, struct error *err)
{
	const struct service *service = instance->service;

	config->dns = service->dns;
	config->dns_search = search_domains(service->dns_search, arena);
	config->dns_options = service->dns_opt;
	config->extra_hosts = service->extra_hosts;
	config->expose = without_empty(service->expose, arena);
	config->links = link_names(service, arena);
	if (set_mode(&config->network_mode, service->network_mode, "network", instance, arena,
		     err) < 0 ||
	    set_mode(&config->pid_mode, service->pid, "pid", instance, arena, err) < 0 ||
	    set_mode(&config->ipc_mode, service->ipc, "ipc", instance, arena, err) < 0 ||
	    set_mode(&config->uts_mode, service->uts, "uts", instance, arena, err) < 0 ||
	    set_ports(config, instance, arena, err) < 0)
		return -1;
	if (config->network_mode && strcmp(config->network_mode, "bridge") == 0) {
		config->network_mode = NULL;
		set_bridge(config, instance, arena);
		return 0;
	}
	return config->network_mode ? 0 : set_endpoints(config, instance, arena, err);
}
