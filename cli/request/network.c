/* SPDX-License-Identifier: Apache-2.0 */
/* Networks, addresses and names: --network and what belongs to the first, -p, --dns, … */
#include "cli/request/request_private.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/namespace_mode.h"
#include "engine/option_text.h"
#include "net/port_text.h"

static bool is_default(const char *network)
{
	return strcmp(network, "default") == 0 || strcmp(network, "bridge") == 0;
}

/* "host", "none", "container:NAME": whose endpoints are not its own. */
static bool is_mode(const char *network)
{
	enum namespace_kind kind = namespace_mode_parse(network).kind;

	return kind == NAMESPACE_HOST || kind == NAMESPACE_NONE || kind == NAMESPACE_CONTAINER;
}

static int add_endpoint(struct request *request, const struct endpoint_request *endpoint,
			struct error *err)
{
	struct container_config *config = request->config;

	if (container_find_request(config, endpoint->network))
		return error_set(err, ERROR_INVALID, "network \"%s\" is specified multiple times",
				 endpoint->network);
	config->endpoints = arena_grow(request->arena, config->endpoints, config->endpoint_count,
				       sizeof(*config->endpoints));
	config->endpoints[config->endpoint_count++] = *endpoint;
	return 0;
}

static int conflict(const char *option, const char *member, struct error *err)
{
	return error_set(err, ERROR_INVALID,
			 "conflicting options: cannot specify both %s and per-network %s", option,
			 member);
}

/* --ip and the like are the first network's. */
static int apply_options(struct request *request, struct endpoint_request *endpoint,
			 struct error *err)
{
	const struct request_options *options = request->options;
	const struct {
		const char *option, *member, *given, **own;
	} texts[] = {
		{"--ip", "IPv4 address", options->ipv4, &endpoint->ipv4},
		{"--ip6", "IPv6 address", options->ipv6, &endpoint->ipv6},
		{"--mac-address", "MAC address", options->mac, &endpoint->mac},
	};

	for (size_t i = 0; i < array_length(texts); i++) {
		if (texts[i].given && *texts[i].own)
			return conflict(texts[i].option, texts[i].member, err);
		if (texts[i].given)
			*texts[i].own = texts[i].given;
	}
	if (options->aliases.count && endpoint->aliases)
		return conflict("--network-alias", "alias", err);
	if (options->link_local.count && endpoint->link_local)
		return conflict("--link-local-ip", "link-local IP addresses", err);
	if (options->aliases.count)
		endpoint->aliases = strvec_copy(&options->aliases, request->arena);
	if (options->link_local.count)
		endpoint->link_local = strvec_copy(&options->link_local, request->arena);
	return 0;
}

static int check_endpoint(const struct endpoint_request *endpoint, struct error *err)
{
	if (container_check_request(endpoint, err) < 0)
		return -1;
	if (!is_default(endpoint->network) && !is_mode(endpoint->network))
		return 0;
	if (endpoint->aliases)
		return error_set(err, ERROR_INVALID,
				 "network-scoped aliases are only supported for user-defined "
				 "networks");
	if (endpoint->ipv4 || endpoint->ipv6 || endpoint->link_local)
		return error_set(err, ERROR_INVALID,
				 "invalid config for network %s: user specified IP address is "
				 "supported on user defined networks only",
				 is_default(endpoint->network) ? "bridge" : endpoint->network);
	return 0;
}

static int set_network(struct request *request, const char *text, struct error *err)
{
	struct container_config *config = request->config;
	bool is_first = !config->network_mode && !config->endpoint_count;
	struct endpoint_request endpoint;

	if (request_endpoint_parse(&endpoint, arena_string(request->arena, text), request->arena,
				   err) < 0)
		return error_wrap(err, "invalid argument \"%s\" for \"--network\" flag", text);
	if ((is_first && apply_options(request, &endpoint, err) < 0) ||
	    check_endpoint(&endpoint, err) < 0)
		return -1;
	if (!is_first && (config->network_mode || is_default(config->endpoints[0].network) ||
			  is_mode(endpoint.network) || is_default(endpoint.network)))
		return error_set(err, ERROR_INVALID,
				 "conflicting options: cannot attach both user-defined and "
				 "non-user-defined network-modes");
	if (is_default(endpoint.network))
		endpoint.network = "bridge";
	if (!is_mode(endpoint.network))
		return add_endpoint(request, &endpoint, err);
	config->network_mode = endpoint.network;
	return 0;
}

static int fill_networks(struct request *request, struct error *err)
{
	const struct strvec *networks = &request->options->networks;

	if (!networks->count)
		return set_network(request, "default", err);
	strvec_each (text, networks)
		if (set_network(request, *text, err) < 0)
			return -1;
	return 0;
}

/* --------------------------------------------------------------------- ports */

/* "published=8080,target=80,protocol=udp" is the older long form. */
static const char *short_port(const char *text, struct arena *arena, struct error *err)
{
	const char *published, *target, *protocol;
	struct pair *fields;
	size_t count;

	if (!strchr(text, '='))
		return text;
	if (pair_from_csv(&fields, &count, text, arena, err) < 0)
		return NULL;
	published = pair_find(fields, count, "published");
	target = pair_find(fields, count, "target");
	protocol = pair_find(fields, count, "protocol");
	return arena_format(arena, "%s:%s/%s", published ? published : "", target ? target : "",
			    protocol ? protocol : "tcp");
}

static int fill_ports(struct request *request, struct error *err)
{
	const struct request_options *options = request->options;
	struct container_config *config = request->config;
	struct port_text port;

	strvec_each (text, &options->publish) {
		const char *form = short_port(*text, request->arena, err);

		if (!form || port_text_add(&config->ports, &config->port_count, form,
					   request->arena, err) < 0)
			return -1;
	}
	strvec_each (text, &options->expose)
		if (strchr(*text, ':') || port_text_parse(&port, *text, request->arena, NULL) < 0 ||
		    !port_text_is_protocol(port.protocol))
			return error_set(err, ERROR_INVALID,
					 "invalid range format for --expose: %s", *text);
	config->expose = strvec_copy(&options->expose, request->arena);
	config->publish_all = options->publish_all;
	return 0;
}

/* --------------------------------------------------------------------- names */

/* "NAME:ADDRESS" or "NAME=ADDRESS" */
static int fill_hosts(struct request *request, struct error *err)
{
	auto_strvec struct strvec hosts = {0};

	strvec_each (text, &request->options->hosts) {
		size_t length = strcspn(*text, strchr(*text, '=') ? "=" : ":");
		auto_free char *address = NULL;
		size_t last;

		if (!length || !(*text)[length] || memchr(*text, ':', length))
			return error_set(err, ERROR_INVALID, "bad format for add-host: \"%s\"",
					 *text);
		address = alloc_string(*text + length + 1);
		last = strlen(address);
		if (last > 2 && address[0] == '[' && address[last - 1] == ']') {
			memmove(address, address + 1, last);
			address[last - 2] = '\0';
		}
		if (strcmp(address, "host-gateway") != 0 && !option_text_is_address(address))
			return error_set(err, ERROR_INVALID,
					 "invalid IP address in add-host: \"%s\"", address);
		strvec_addf(&hosts, "%.*s=%s", (int)length, *text, address);
	}
	request->config->extra_hosts = hosts.count ? strvec_copy(&hosts, request->arena) : NULL;
	return 0;
}

static int fill_dns(struct request *request, struct error *err)
{
	const struct request_options *options = request->options;
	struct container_config *config = request->config;

	strvec_each (server, &options->dns)
		if (!option_text_is_address(*server))
			return error_set(
				err, ERROR_INVALID,
				"invalid argument \"%s\" for \"--dns\" flag: IP address is "
				"not correctly formatted: %s",
				*server, *server);
	config->dns = options->dns.count ? strvec_copy(&options->dns, request->arena) : NULL;
	if (options->dns_search.count)
		config->dns_search = strvec_copy(&options->dns_search, request->arena);
	if (options->dns_options.count)
		config->dns_options = strvec_copy(&options->dns_options, request->arena);
	return 0;
}

/* "NAME[:ALIAS]" as "ALIAS=NAME". */
static int fill_links(struct request *request, struct error *err)
{
	auto_strvec struct strvec links = {0};

	strvec_each (text, &request->options->links) {
		const char *name = *text + (**text == '/'), *colon = strchr(name, ':');
		int length = (int)strcspn(name, ":");

		if (!length || (colon && (!colon[1] || strchr(colon + 1, ':'))))
			return error_set(err, ERROR_INVALID, "bad format for links: %s", *text);
		strvec_addf(&links, "%s=%.*s", colon ? colon + 1 : name, length, name);
	}
	request->config->links = links.count ? strvec_copy(&links, request->arena) : NULL;
	return 0;
}

/* What a container without a network namespace of its own cannot have. */
static int check_mode(const struct request *request, struct error *err)
{
	const struct request_options *options = request->options;
	const char *mode = request->config->network_mode;
	const struct {
		bool is_given;
		const char *what;
	} conflicts[] = {
		{options->hostname != NULL, "hostname and the network mode"},
		{options->dns.count > 0, "dns and the network mode"},
		{options->hosts.count > 0, "custom host-to-IP mapping and the network mode"},
		{options->mac != NULL, "mac-address and the network mode"},
		{options->publish.count > 0 || options->publish_all,
		 "port publishing and the container type network mode"},
		{options->expose.count > 0, "port exposing and the container type network mode"},
		{options->links.count > 0,
		 "container type network can't be used with links. This would result in undefined "
		 "behavior"},
	};

	if (namespace_mode_is(mode, NAMESPACE_HOST) && options->links.count)
		return error_set(err, ERROR_INVALID,
				 "conflicting options: host type networking can't be used with "
				 "links. This would result in undefined behavior");
	for (size_t i = 0;
	     namespace_mode_is(mode, NAMESPACE_CONTAINER) && i < array_length(conflicts); i++)
		if (conflicts[i].is_given)
			return error_set(err, ERROR_INVALID, "conflicting options: %s",
					 conflicts[i].what);
	return 0;
}

int request_fill_network(struct request *request, struct error *err)
{
	return fill_networks(request, err) < 0 || check_mode(request, err) < 0 ||
			       fill_ports(request, err) < 0 || fill_hosts(request, err) < 0 ||
			       fill_dns(request, err) < 0 || fill_links(request, err) < 0
		       ? -1
		       : 0;
}
