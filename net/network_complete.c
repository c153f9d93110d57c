/* SPDX-License-Identifier: Apache-2.0 */
/* What a description of a network leaves open: its subnets, clear of all others, its bridge's name,
 * its id. */
#include "net/network_private.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "net/address.h"
#include "net/direct.h"
#include "net/ipam.h"
#include "net/link.h"
#include "net/network_config.h"

#define DEFAULT_MTU 1500

/* What a new network has to stay clear of. */
struct surroundings {
	struct network *networks;
	size_t network_count;
	struct routes routes;
	unsigned default_mtu;
	struct cidr *taken;
	size_t taken_count;
	struct arena *own;   /* of all that is found here */
	struct arena *arena; /* of the network that is being made */
};

static void take(struct surroundings *around, const struct cidr *cidr)
{
	around->taken = arena_grow(around->own, around->taken, around->taken_count, sizeof(*cidr));
	around->taken[around->taken_count++] = *cidr;
}

/* The host's resolvers must stay reachable, also those behind the default route. */
static void take_nameservers(struct surroundings *around)
{
	auto_strbuf struct strbuf text = {0};
	char *rest, *line;

	if (file_read(AT_FDCWD, "/etc/resolv.conf", 65536, &text, NULL) < 0 || !text.text)
		return;
	for (rest = text.text; (line = strsep(&rest, "\n"));) {
		struct cidr server;

		if (strncmp(line, "nameserver", 10) != 0)
			continue;
		line += 10 + strspn(line + 10, " \t");
		line[strcspn(line, " \t#")] = '\0';
		if (cidr_parse_address(&server, line))
			take(around, &server);
	}
}

static int look_around(const struct net_context *context, struct surroundings *around,
		       struct error *err)
{
	auto_netlink struct netlink netlink = {0};
	struct arena *arena = around->own;
	struct links links;

	if (network_config_list(context->config_dirfd, &around->networks, &around->network_count,
				arena, err) < 0 ||
	    netlink_open(&netlink, err) < 0 ||
	    address_list_routes(&netlink, &around->routes, arena, err) < 0)
		return -1;
	for (size_t i = 0; i < around->routes.count; i++)
		take(around, &around->routes.destinations[i]);
	for (size_t i = 0; i < around->network_count; i++)
		for (size_t j = 0; j < around->networks[i].subnet_count; j++) {
			struct cidr cidr;

			if (cidr_parse(&cidr, around->networks[i].subnets[j].subnet, NULL) == 0)
				take(around, &cidr);
		}
	take_nameservers(around);
	if (around->routes.default_index == 0)
		return 0;
	if (link_list(&netlink, 0, &links, arena, err) < 0)
		return -1;
	for (size_t i = 0; i < links.count; i++)
		if (links.items[i].index == around->routes.default_index && links.items[i].mtu > 0)
			around->default_mtu = links.items[i].mtu;
	return 0;
}

static int check_overlap(const struct network *network, const struct cidr *subnet,
			 const struct surroundings *around, struct error *err)
{
	char text[CIDR_TEXT_SIZE];

	cidr_format(text, subnet);
	for (size_t i = 0; i < around->network_count; i++) {
		struct cidr other;

		if (network_config_subnet(&around->networks[i], subnet->family, &other, NULL) &&
		    cidr_overlaps(&other, subnet)) {
			error_set(err, ERROR_CONFLICT,
				  "network '%s': pool overlaps with other one on this address "
				  "space: %s is in use by network '%s'",
				  network->name, text, around->networks[i].name);
			return error_state(err, FACT_NETWORK_DENIED, NULL, NULL);
		}
	}
	/* A parent's own network is where its containers shall be. */
	for (size_t i = 0; i < around->routes.count && !direct_is(network); i++)
		if (cidr_overlaps(&around->routes.destinations[i], subnet))
			log_warning("network '%s': subnet %s overlaps a route of this host: what "
				    "lies there cannot be reached any more",
				    network->name, text);
	return 0;
}

/* Stable for this installation of the host; only used to derive local IPv6 prefixes. */
static void host_id(struct strbuf *out)
{
	if (file_read(AT_FDCWD, "/etc/machine-id", 256, out, NULL) < 0 || out->length == 0)
		strbuf_add(out, "coracle");
}

static ip_number choose_gateway(const struct network_subnet *subnet, const struct cidr *cidr)
{
	ip_number gateway = ipam_first_usable(cidr);

	for (size_t i = 0; i < subnet->reserved_count; i++) {
		struct cidr reserved;

		if (cidr_parse_address(&reserved, subnet->reserved[i].value) &&
		    reserved.address == gateway) {
			gateway++;
			i = (size_t)-1;
		}
	}
	return gateway;
}

/* Makes the subnet of one family concrete. */
static int complete_subnet(const struct network *network, int family, struct network_subnet *subnet,
			   const struct surroundings *around, struct error *err)
{
	const struct ipam_taken taken = {around->taken, around->taken_count};
	auto_strbuf struct strbuf host = {0};
	struct cidr cidr = {0};
	char text[CIDR_TEXT_SIZE];
	int result;

	if (subnet->subnet)
		cidr_parse(&cidr, subnet->subnet, NULL);
	host_id(&host);
	if (cidr.address != 0)
		result = check_overlap(network, &cidr, around, err);
	else if (family == AF_INET && network_is_predefined(network->name))
		result = ipam_pick_default_subnet(&cidr, &taken, err);
	else if (family == AF_INET)
		result = ipam_pick_subnet(&cidr, cidr.prefix, &taken, err);
	else
		result = ipam_pick_subnet6(&cidr, host.text, network->id, &taken, err);
	if (result < 0)
		return -1;
	cidr.address = cidr_first(&cidr);
	subnet->subnet = arena_string(around->arena, cidr_format(text, &cidr));
	if (subnet->gateway) {
		cidr_parse(&cidr, subnet->gateway, NULL);
		cidr_format_address(text, family, cidr.address);
	} else {
		cidr_format_address(text, family, choose_gateway(subnet, &cidr));
	}
	subnet->gateway = arena_string(around->arena, text);
	return 0;
}

static int complete_subnets(struct network *network, const struct surroundings *around,
			    struct error *err)
{
	const struct {
		int family;
		bool wanted;
	} families[] = {{AF_INET, network->enable_ipv4}, {AF_INET6, network->enable_ipv6}};
	struct network_subnet *subnets = arena_array(around->arena, 2, sizeof(*subnets));
	size_t count = 0;

	for (size_t i = 0; i < 2; i++) {
		struct network_subnet *subnet = &subnets[count];

		if (!families[i].wanted)
			continue;
		for (size_t j = 0; j < network->subnet_count; j++) {
			struct cidr cidr;

			if (network->subnets[j].subnet &&
			    cidr_parse(&cidr, network->subnets[j].subnet, NULL) == 0 &&
			    cidr.family == families[i].family)
				*subnet = network->subnets[j];
		}
		if (complete_subnet(network, families[i].family, subnet, around, err) < 0)
			return -1;
		count++;
	}
	network->subnets = subnets;
	network->subnet_count = count;
	return 0;
}

static int complete(struct network *network, const struct surroundings *around, struct error *err)
{
	struct arena *arena = around->arena;
	struct network_options options;
	char id[65], created[UNITS_TIME_SIZE];
	struct timespec now = units_now();

	if (network_config_options(network, &options, err) < 0)
		return -1;
	units_random_hex(id, 32);
	if (!network->driver)
		network->driver = "bridge";
	if (!network->id)
		network->id = arena_string(arena, id);
	if (!network->created)
		network->created = arena_string(arena, units_format_time(created, &now));
	network->mtu = options.mtu ? options.mtu : around->default_mtu;
	if (direct_is(network)) {
		if (direct_complete(network, &options, arena, err) < 0)
			return -1;
	} else {
		network->bridge = options.bridge ? options.bridge
						 : arena_format(arena, "br-%.12s", network->id);
	}
	if (!direct_is(network) && link_index(network->bridge) > 0)
		return error_set(err, ERROR_CONFLICT,
				 "cannot create network '%s': the interface '%s' exists already",
				 network->name, network->bridge);
	for (size_t i = 0; i < around->network_count; i++)
		if (strcmp(around->networks[i].bridge, network->bridge) == 0)
			return error_set(err, ERROR_CONFLICT,
					 "cannot create network '%s': the interface '%s' belongs "
					 "to network '%s'",
					 network->name, network->bridge, around->networks[i].name);
	return complete_subnets(network, around, err);
}

int network_complete(const struct net_context *context, struct network *network,
		     struct arena *arena, struct error *err)
{
	auto_arena struct arena own = {0};
	struct surroundings around = {.default_mtu = DEFAULT_MTU, .own = &own, .arena = arena};

	if (look_around(context, &around, err) < 0)
		return -1;
	return complete(network, &around, err);
}
