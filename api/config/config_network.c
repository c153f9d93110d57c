/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Networks, ports and names: NetworkingConfig, and what HostConfig has of them.
 */
#include "api/config/config.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "engine/container.h"
#include "engine/namespace_mode.h"
#include "engine/option_text.h"
#include "net/port_text.h"

#include <string.h>

static bool is_default(const char *network)
{
	return !*network || strcmp(network, "default") == 0 || strcmp(network, "bridge") == 0;
}

static bool is_mode(const char *network)
{
	enum namespace_kind kind = namespace_mode_parse(network).kind;

	return kind == NAMESPACE_HOST || kind == NAMESPACE_NONE || kind == NAMESPACE_CONTAINER;
}

/* ---- endpoints ---- */

static const struct config_member endpoint_members[] = {
	{"MacAddress", CONFIG_TEXT, offsetof(struct endpoint_request, mac)},
	{"Aliases", CONFIG_LIST, offsetof(struct endpoint_request, aliases)},
	{0},
};

static const struct config_member address_members[] = {
	{"IPv4Address", CONFIG_TEXT, offsetof(struct endpoint_request, ipv4)},
	{"IPv6Address", CONFIG_TEXT, offsetof(struct endpoint_request, ipv6)},
	{"LinkLocalIPs", CONFIG_LIST, offsetof(struct endpoint_request, link_local)},
	{0},
};

/* "NAME[:ALIAS]" as "ALIAS=NAME". */
static int read_links(char ***out, const json *list, struct arena *arena, struct error *err)
{
	auto_strvec struct strvec links = {0};
	char **texts;

	if (config_read_list(&texts, list, "Links", arena, err) < 0)
		return -1;
	for (; texts && *texts; texts++) {
		const char *name = *texts + (**texts == '/'), *colon = strchr(name, ':');
		int length = (int)strcspn(name, ":");

		if (!length || (colon && (!colon[1] || strchr(colon + 1, ':'))))
			return error_set(err, ERROR_INVALID, "bad format for links: %s", *texts);
		strvec_addf(&links, "%s=%.*s", colon ? colon + 1 : name, length, name);
	}
	*out = links.count ? strvec_copy(&links, arena) : NULL;
	return 0;
}

int config_read_endpoint(struct endpoint_request *endpoint, const json *value, struct arena *arena,
			 struct error *err)
{
	if (config_read_members(endpoint, endpoint_members, value, arena, err) < 0 ||
	    config_read_members(endpoint, address_members, json_get(value, "IPAMConfig"), arena,
				err) < 0 ||
	    read_links(&endpoint->links, json_get(value, "Links"), arena, err) < 0)
		return -1;
	endpoint->gw_priority = (int)json_int(value, "GwPriority", 0);
	endpoint->options =
		pair_from_json(json_get(value, "DriverOpts"), &endpoint->option_count, arena);
	return container_check_request(endpoint, err);
}

/* Networks may be named by their ids. One that is not there may be made before the start. */
static int find_name(const struct config_reading *reading, const char **name, struct error *err)
{
	struct error reason = {0};
	struct network network;

	if (network_load(&reading->engine->net, *name, &network, reading->arena, &reason) == 0)
		*name = network.name;
	else if (reason.fact != FACT_NO_NETWORK)
		return error_pass(err, &reason);
	return 0;
}

static int add_endpoint(const struct config_reading *reading, const char *name, const json *value,
			struct error *err)
{
	struct container_config *config = reading->config;
	struct endpoint_request endpoint = {0};
	const char *found = is_default(name) ? "bridge" : arena_string(reading->arena, name);

	if (find_name(reading, &found, err) < 0)
		return -1;
	if (container_find_request(config, found))
		return 0;
	endpoint.network = found;
	if (config_read_endpoint(&endpoint, value, reading->arena, err) < 0)
		return error_wrap(err, "network %s", name);
	config->endpoints = arena_grow(reading->arena, config->endpoints, config->endpoint_count,
				       sizeof(*config->endpoints));
	config->endpoints[config->endpoint_count++] = endpoint;
	return 0;
}

/* What EndpointsConfig says of the network of NetworkMode, whichever of its names is used. */
static json *find_settings(json *endpoints, const char *mode)
{
	if (is_default(mode)) {
		json *settings = json_get(endpoints, "default");

		return settings ? settings : json_get(endpoints, "bridge");
	}
	return json_get(endpoints, mode);
}

static int add_all(const struct config_reading *reading, const json *endpoints, struct error *err)
{
	if (!json_is_object(endpoints))
		return 0;
	json_each (name, value, endpoints)
		if (add_endpoint(reading, name, value, err) < 0)
			return -1;
	return 0;
}

static int read_endpoints(const struct config_reading *reading, const json *body, struct error *err)
{
	struct container_config *config = reading->config;
	json *endpoints = json_path(body, "NetworkingConfig", "EndpointsConfig", NULL);
	const char *mode = json_string(json_get(body, "HostConfig"), "NetworkMode", "");
	const char *mac = json_string(body, "MacAddress", "");
	bool has_only_named;

	if (json_flag(body, "NetworkDisabled", false))
		mode = "none";
	if (is_mode(mode)) {
		config->network_mode = arena_string(reading->arena, mode);
		return 0;
	}
	/* Who names no mode but networks means these. */
	has_only_named =
		!*mode && json_is_object(endpoints) && json_object_object_length(endpoints) > 0;
	if (!has_only_named && add_endpoint(reading, mode, find_settings(endpoints, mode), err) < 0)
		return -1;
	if (add_all(reading, endpoints, err) < 0)
		return -1;
	if (*mac && !config->endpoints[0].mac)
		config->endpoints[0].mac = arena_string(reading->arena, mac);
	return container_check_request(&config->endpoints[0], err);
}

/* ---- ports ---- */

/* "80" is "80/tcp"; a host port may be a range. */
static int add_port(const struct config_reading *reading, const char *port, const json *binding,
		    struct error *err)
{
	struct container_config *config = reading->config;
	const char *ip = json_string(binding, "HostIp", "");
	const char *host = json_string(binding, "HostPort", "");
	const char *text;

	if (strcmp(host, "0") == 0)
		host = "";
	text = strchr(ip, ':') ? arena_format(reading->arena, "[%s]:%s:%s", ip, host, port)
	       : *ip	       ? arena_format(reading->arena, "%s:%s:%s", ip, host, port)
	       : *host	       ? arena_format(reading->arena, "%s:%s", host, port)
			       : arena_string(reading->arena, port);
	return port_text_add(&config->ports, &config->port_count, text, reading->arena, err);
}

static int read_ports(const struct config_reading *reading, const json *host, struct error *err)
{
	json *ports = json_get(host, "PortBindings");

	if (ports && !json_is_object(ports))
		return config_wrong_type("PortBindings", "an object", err);
	if (!ports)
		return 0;
	json_each (port, list, ports) {
		size_t count = json_length(list);

		for (size_t i = 0; i < count || (i == 0 && count == 0); i++)
			if (add_port(reading, port, count ? json_at(list, i) : NULL, err) < 0)
				return -1;
	}
	return 0;
}

/* ---- names ---- */

/* "NAME:ADDRESS" as "NAME=ADDRESS". */
static int read_hosts(const struct config_reading *reading, const json *host, struct error *err)
{
	auto_strvec struct strvec hosts = {0};
	char **texts;

	if (config_read_list(&texts, json_get(host, "ExtraHosts"), "ExtraHosts", reading->arena,
			     err) < 0)
		return -1;
	for (; texts && *texts; texts++) {
		size_t length = strcspn(*texts, ":=");
		const char *address = *texts + length + ((*texts)[length] != '\0');

		if (!length ||
		    (strcmp(address, "host-gateway") != 0 && !option_text_is_address(address)))
			return error_set(err, ERROR_INVALID, "bad format for add-host: \"%s\"",
					 *texts);
		strvec_addf(&hosts, "%.*s=%s", (int)length, *texts, address);
	}
	if (hosts.count)
		reading->config->extra_hosts = strvec_copy(&hosts, reading->arena);
	return 0;
}

static int check_servers(char *const *servers, struct error *err)
{
	for (; servers && *servers; servers++)
		if (!option_text_is_address(*servers))
			return error_set(err, ERROR_INVALID,
					 "IP address is not correctly formatted: %s", *servers);
	return 0;
}

/* What a container without a network namespace of its own cannot have. */
static int check_mode(const struct container_config *config, struct error *err)
{
	const struct {
		bool is_given;
		const char *what;
	} conflicts[] = {
		{config->hostname != NULL, "hostname and the network mode"},
		{config->dns != NULL, "dns and the network mode"},
		{config->extra_hosts != NULL, "custom host-to-IP mapping and the network mode"},
		{config->port_count > 0 || config->publish_all,
		 "port publishing and the container type network mode"},
		{config->expose != NULL, "port exposing and the container type network mode"},
	};

	for (size_t i = 0; namespace_mode_is(config->network_mode, NAMESPACE_CONTAINER) &&
			   i < array_length(conflicts);
	     i++)
		if (conflicts[i].is_given)
			return error_set(err, ERROR_INVALID, "conflicting options: %s",
					 conflicts[i].what);
	if (namespace_mode_is(config->uts_mode, NAMESPACE_HOST) && config->hostname)
		return error_set(err, ERROR_INVALID,
				 "conflicting options: hostname and the UTS mode");
	return 0;
}

int config_read_network(const struct config_reading *reading, const json *body, struct error *err)
{
	const json *host = json_get(body, "HostConfig");
	struct container_config *config = reading->config;

	if (read_endpoints(reading, body, err) < 0 || read_ports(reading, host, err) < 0 ||
	    read_hosts(reading, host, err) < 0 || check_servers(config->dns, err) < 0 ||
	    read_links(&config->links, json_get(host, "Links"), reading->arena, err) < 0)
		return -1;
	return check_mode(config, err);
}
