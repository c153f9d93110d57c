/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The member NetworkSettings of a container's document: where it is connected, and what is
 * published.
 */
#include "describe/describe_private.h"
#include "describe/objects.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/strvec.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "engine/namespace_mode.h"

#include <stdio.h>
#include <string.h>

static const char unset[] =
	"{\"Bridge\":\"\",\"SandboxID\":\"\",\"SandboxKey\":\"\",\"Ports\":{},"
	"\"HairpinMode\":false,\"LinkLocalIPv6Address\":\"\",\"LinkLocalIPv6PrefixLen\":0,"
	"\"SecondaryIPAddresses\":null,\"SecondaryIPv6Addresses\":null,\"EndpointID\":\"\","
	"\"Gateway\":\"\",\"GlobalIPv6Address\":\"\",\"GlobalIPv6PrefixLen\":0,"
	"\"IPAddress\":\"\",\"IPPrefixLen\":0,\"IPv6Gateway\":\"\",\"MacAddress\":\"\","
	"\"Networks\":{}}";

static const char unset_endpoint[] =
	"{\"IPAMConfig\":null,\"Links\":null,\"Aliases\":null,\"MacAddress\":\"\","
	"\"DriverOpts\":null,\"GwPriority\":0,\"NetworkID\":\"\",\"EndpointID\":\"\","
	"\"Gateway\":\"\",\"IPAddress\":\"\",\"IPPrefixLen\":0,\"IPv6Gateway\":\"\","
	"\"GlobalIPv6Address\":\"\",\"GlobalIPv6PrefixLen\":0,\"DNSNames\":null}";

static json *strings_or_null(char *const *items)
{
	return items && *items ? json_from_strings(items) : NULL;
}

/* Docker numbers its endpoints and namespaces; ours follow from what they belong to. */
void describe_endpoint_id(char *hex, const char *container_id, const char *of)
{
	auto_free char *text = alloc_format("%s %s", container_id, of);

	digest_hex(hex, text, strlen(text));
}

static json *port_binding(const char *host_ip, unsigned host_port)
{
	json *value = json_new_object();
	char number[8] = "";

	if (host_port)
		snprintf(number, sizeof(number), "%u", host_port);
	json_set_string(value, "HostIp", describe_text_or(host_ip, ""));
	json_set_string(value, "HostPort", number);
	return value;
}

void describe_add_port(json *value, const struct port_binding *binding)
{
	auto_free char *name = alloc_format("%u/%s", binding->container_port,
					    describe_text_or(binding->protocol, "tcp"));
	json *list = json_get(value, name);

	if (!list) {
		list = json_new_array();
		json_set(value, name, list);
	}
	json_add(list, port_binding(binding->host_ip, binding->host_port));
}

/* Those that are only exposed are null. */
static json *published_ports(const struct container *container)
{
	json *value = json_new_object();

	for (size_t i = 0; i < container->state.port_count; i++)
		describe_add_port(value, &container->state.ports[i]);
	for (char **port = container->expose; port && *port; port++)
		if (!json_get(value, *port))
			json_set(value, *port, NULL);
	return value;
}

/* "ALIAS=TARGET" entries as "TARGET:ALIAS". */
static void add_links(json *list, char *const *links)
{
	for (; links && *links; links++) {
		int length = (int)strcspn(*links, "=");
		auto_free char *text = alloc_format("%s:%.*s", *links + length + 1, length, *links);

		json_add_string(list, text);
	}
}

static bool is_on_bridge(const struct container_config *config)
{
	return config->endpoint_count == 1 && strcmp(config->endpoints[0].network, "bridge") == 0;
}

json *describe_old_links(const struct container *container)
{
	json *list = json_new_array();

	for (char **link = container->config.links;
	     is_on_bridge(&container->config) && link && *link; link++) {
		int length = (int)strcspn(*link, "=");
		auto_free char *text = alloc_format("/%s:/%s/%.*s", *link + length + 1,
						    container->name, length, *link);

		json_add_string(list, text);
	}
	return describe_unless_empty(list);
}

/* The container's own count on all of its networks but bridge, those of an endpoint there alone. */
static json *describe_links(const struct container_config *config,
			    const struct endpoint_request *request)
{
	json *list = json_new_array();

	if (!is_on_bridge(config))
		add_links(list, config->links);
	add_links(list, request->links);
	return describe_unless_empty(list);
}

/* The addresses that were asked for; nothing where none was. */
static json *describe_requested(const struct endpoint_request *request)
{
	json *value;

	if (!request->ipv4 && !request->ipv6 && !request->link_local)
		return NULL;
	value = json_new_object();
	json_set_string(value, "IPv4Address", request->ipv4);
	json_set_string(value, "IPv6Address", request->ipv6);
	if (request->link_local)
		json_set(value, "LinkLocalIPs", json_from_strings(request->link_local));
	return value;
}

/* What stands in Docker's document of an endpoint and once more above them all. */
static void set_addresses(json *value, const struct endpoint *endpoint, const char *container_id)
{
	char id[DIGEST_HEX_SIZE];

	describe_endpoint_id(id, container_id, endpoint->network_id);
	json_set_string(value, "EndpointID", id);
	json_set_string(value, "Gateway", endpoint->gateway4);
	json_set_string(value, "IPAddress", endpoint->ipv4);
	json_set_int(value, "IPPrefixLen", endpoint->prefix4);
	json_set_string(value, "IPv6Gateway", endpoint->gateway6);
	json_set_string(value, "GlobalIPv6Address", endpoint->ipv6);
	json_set_int(value, "GlobalIPv6PrefixLen", endpoint->prefix6);
	json_set_string(value, "MacAddress", endpoint->mac);
}

static json *describe_request(const struct container *container,
			      const struct endpoint_request *request)
{
	json *value = describe_unset(unset_endpoint);

	json_set(value, "IPAMConfig", describe_requested(request));
	json_set(value, "Links", describe_links(&container->config, request));
	json_set(value, "Aliases", strings_or_null(request->aliases));
	json_set_string(value, "MacAddress", request->mac);
	if (request->option_count)
		json_set(value, "DriverOpts",
			 pair_to_json(request->options, request->option_count));
	json_set_int(value, "GwPriority", request->gw_priority);
	return value;
}

static json *describe_endpoint(const struct container *container, const struct endpoint *endpoint)
{
	const struct endpoint_request *request =
		container_find_request(&container->config, endpoint->network);
	json *value =
		describe_request(container, request ? request : &(struct endpoint_request){0});

	json_set_string(value, "NetworkID", endpoint->network_id);
	set_addresses(value, endpoint, container->id);
	json_set(value, "DNSNames", strings_or_null(endpoint->names));
	return value;
}

/* "host" and "none" are networks to Docker, which say nothing. */
static json *describe_mode(const struct container *container, const struct engine *engine)
{
	auto_arena struct arena arena = {0};
	struct endpoint endpoint = {.network = container->config.network_mode, .network_id = ""};
	struct network network;

	if (network_load(&engine->net, endpoint.network, &network, &arena, NULL) == 0)
		endpoint.network_id = network.id;
	return container_is_live(container)
		       ? describe_endpoint(container, &endpoint)
		       : describe_request(container, &(struct endpoint_request){0});
}

/* Running: what it has. Not running: what it will have. */
static json *describe_all(const struct container *container, const struct engine *engine)
{
	const struct container_config *config = &container->config;
	json *value = json_new_object();

	for (size_t i = 0; i < container->state.endpoint_count; i++) {
		const struct endpoint *endpoint = &container->state.endpoints[i];

		json_set(value, endpoint->network, describe_endpoint(container, endpoint));
	}
	for (size_t i = 0; container->state.endpoint_count == 0 && i < config->endpoint_count; i++)
		json_set(value, config->endpoints[i].network,
			 describe_request(container, &config->endpoints[i]));
	if (namespace_mode_is(config->network_mode, NAMESPACE_HOST) ||
	    namespace_mode_is(config->network_mode, NAMESPACE_NONE))
		json_set(value, config->network_mode, describe_mode(container, engine));
	return value;
}

/* The one with the default route. Docker does this for its network "bridge" alone. */
static const struct endpoint *main_endpoint(const struct container_state *state)
{
	for (size_t i = 0; i < state->endpoint_count; i++)
		if (state->endpoints[i].is_gateway4 || state->endpoints[i].is_gateway6)
			return &state->endpoints[i];
	return state->endpoint_count ? &state->endpoints[0] : NULL;
}

json *describe_container_networks(const struct container *container, const struct engine *engine)
{
	const struct container_state *state = &container->state;
	const struct endpoint *endpoint = main_endpoint(state);
	json *value = describe_unset(unset);

	if (state->pid > 0) {
		auto_free char *path = alloc_format("/proc/%d/ns/net", (int)state->pid);
		char id[DIGEST_HEX_SIZE];

		describe_endpoint_id(id, container->id, describe_text_or(state->started_at, ""));
		json_set_string(value, "SandboxID", id);
		json_set_string(value, "SandboxKey", path);
		json_set(value, "Ports", published_ports(container));
	}
	if (endpoint)
		set_addresses(value, endpoint, container->id);
	json_set(value, "Networks", describe_all(container, engine));
	return value;
}
