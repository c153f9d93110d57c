/* SPDX-License-Identifier: Apache-2.0 */
#include "net/lease.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/strvec.h"
#include "net/dns_names.h"
#include "net/firewall.h"
#include "net/ipam.h"
#include "net/link.h"
#include "net/network_config.h"
#include "net/network_event.h"
#include "net/network_private.h"
#include "net/veth.h"

#define NAME_LIMIT   253 /* of a DNS name */
#define GUARD_OPTION "io.coracle.endpoint.guard"

/* Out of the table; one without a container when there is none. */
static struct dns_lease take_lease(struct dns_table *table, const char *container_id)
{
	struct dns_lease *lease = dns_names_find(table, container_id), taken = {0};

	if (!lease)
		return taken;
	taken = *lease;
	*lease = table->leases[--table->count];
	return taken;
}

static const struct network_subnet *find_subnet(const struct network *network, int family)
{
	for (size_t i = 0; i < network->subnet_count; i++) {
		struct cidr cidr;

		if (cidr_parse(&cidr, network->subnets[i].subnet, NULL) == 0 &&
		    cidr.family == family)
			return &network->subnets[i];
	}
	return NULL;
}

/* Everything ipam needs to know of one family. @used has room for all leases. */
static struct ipam_request describe(const struct network *network, const struct dns_table *table,
				    int family, ip_number *used)
{
	struct ipam_request request = {
		.network = network->name,
		.network_id = network->id,
		.subnet = find_subnet(network, family),
		.used = used,
		.used_count = table->count,
		.last = family == AF_INET ? table->last4 : table->last6,
	};

	for (size_t i = 0; i < table->count; i++)
		used[i] = family == AF_INET ? table->leases[i].ipv4 : table->leases[i].ipv6;
	qsort(used, table->count, sizeof(*used), ipam_compare);
	return request;
}

static int pick_addresses(struct dns_lease *lease, const struct network *network,
			  const struct dns_table *table, const struct endpoint_request *wanted,
			  struct error *err)
{
	auto_free ip_number *used = alloc_zeroed(table->count + 1, sizeof(*used));
	const struct {
		int family;
		const char *text;
		ip_number *address;
	} families[] = {{AF_INET, wanted->ipv4, &lease->ipv4},
			{AF_INET6, wanted->ipv6, &lease->ipv6}};

	for (size_t i = 0; i < array_length(families); i++) {
		struct ipam_request request = describe(network, table, families[i].family, used);

		request.address = families[i].text;
		if (!request.subnet && request.address)
			return error_set(err, ERROR_INVALID,
					 "network '%s' has no IPv%d subnet for the address %s",
					 network->name, families[i].family == AF_INET ? 4 : 6,
					 request.address);
		if (request.subnet && ipam_pick_address(families[i].address, &request, err) < 0)
			return -1;
	}
	return 0;
}

/* Derived from the address, so that a neighbour's memory of an address stays right when another
 * container gets it. */
static int choose_mac(struct dns_lease *lease, const char *wanted, struct error *err)
{
	struct sha256_ctx state;
	uint8_t bytes[16];

	if (wanted)
		return link_parse_mac(lease->mac, wanted)
			       ? 0
			       : error_set(err, ERROR_INVALID,
					   "'%s' is not a MAC address of a host", wanted);
	lease->mac[0] = 0x02;
	lease->mac[1] = 0x42;
	if (lease->ipv4) {
		cidr_to_bytes(lease->mac + 2, AF_INET, lease->ipv4);
		return 0;
	}
	cidr_to_bytes(bytes, AF_INET6, lease->ipv6);
	sha256_init(&state);
	sha256_update(&state, sizeof(bytes), bytes);
	sha256_digest(&state, 4, lease->mac + 2);
	return 0;
}

static void add_name(struct strvec *names, const char *name)
{
	auto_free char *lower = NULL;

	if (!name || !*name || strlen(name) > NAME_LIMIT)
		return;
	lower = alloc_string(name);
	for (char *at = lower; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	if (!strvec_contains(names, lower))
		strvec_add_owned(names, take_ptr(lower));
}

static char **collect_names(const struct attach_request *request,
			    const struct endpoint_request *endpoint, struct arena *arena)
{
	auto_strvec struct strvec names = {0};
	auto_free char *short_id = alloc_format("%.12s", request->container_id);
	char **result;

	add_name(&names, request->container_name);
	for (char **alias = endpoint->aliases; alias && *alias; alias++)
		add_name(&names, *alias);
	add_name(&names, short_id);
	add_name(&names, request->hostname);
	result = arena_array(arena, names.count + 1, sizeof(char *));
	for (size_t i = 0; i < names.count; i++)
		result[i] = arena_string(arena, names.items[i]);
	return result;
}

static const char *format_address(struct arena *arena, int family, ip_number address)
{
	char text[CIDR_TEXT_SIZE];

	return address ? arena_string(arena, cidr_format_address(text, family, address)) : NULL;
}

static void fill_endpoint(struct endpoint *endpoint, const struct network *network,
			  const struct dns_lease *lease, struct arena *arena)
{
	struct cidr subnet, gateway;
	char mac[18];

	*endpoint = (struct endpoint){
		.network = network->name,
		.network_id = network->id,
		.mac = arena_string(arena, link_format_mac(mac, lease->mac)),
		.ipv4 = format_address(arena, AF_INET, lease->ipv4),
		.ipv6 = format_address(arena, AF_INET6, lease->ipv6),
		.internal = network->internal,
		.names = lease->names,
	};
	if (lease->ipv4 && network_config_subnet(network, AF_INET, &subnet, &gateway)) {
		endpoint->prefix4 = subnet.prefix;
		endpoint->gateway4 = format_address(arena, AF_INET, gateway.address);
	}
	if (lease->ipv6 && network_config_subnet(network, AF_INET6, &subnet, &gateway)) {
		endpoint->prefix6 = subnet.prefix;
		endpoint->gateway6 = format_address(arena, AF_INET6, gateway.address);
	}
}

static bool is_unguarded(const struct endpoint_request *wanted)
{
	const char *value = pair_find(wanted->options, wanted->option_count, GUARD_OPTION);

	return value && strcmp(value, "false") == 0;
}

int lease_take(const struct net_context *context, const struct lease_request *request,
	       struct arena *arena, struct error *err)
{
	const struct endpoint_request *wanted = request->wanted;
	struct network *network = request->network;
	auto_close int lock = network_lock(context, wanted->network, network, arena, err);
	struct firewall_lease change = {{.arena = arena}, {.arena = arena}, -1};
	struct dns_table table;
	struct dns_lease *lease, former, fresh = {0};
	int result;

	if (lock < 0 || dns_names_load(context->run_dirfd, network->name, &table, arena, err) < 0)
		return -1;
	network_config_subnet(network, AF_INET, &table.subnet4, NULL);
	network_config_subnet(network, AF_INET6, &table.subnet6, NULL);
	former = take_lease(&table, request->attach->container_id);
	if (pick_addresses(&fresh, network, &table, wanted, err) < 0 ||
	    choose_mac(&fresh, wanted->mac, err) < 0)
		return -1;
	table.last4 = wanted->ipv4 ? table.last4 : fresh.ipv4;
	table.last6 = wanted->ipv6 ? table.last6 : fresh.ipv6;
	lease = dns_names_add(&table, request->attach->container_id);
	lease->ipv4 = fresh.ipv4;
	lease->ipv6 = fresh.ipv6;
	memcpy(lease->mac, fresh.mac, sizeof(fresh.mac));
	lease->container_name = request->attach->container_name;
	lease->project = request->attach->project;
	lease->names = collect_names(request->attach, wanted, arena);
	lease->has_link_local = wanted->link_local && *wanted->link_local;
	lease->is_unguarded = is_unguarded(wanted);
	fill_endpoint(request->endpoint, network, lease, arena);
	if (firewall_begin_lease(&change, context, network, &former, lease, err) < 0 ||
	    dns_names_save(context->run_dirfd, network->name, &table, err) < 0)
		result = -1;
	else
		result = firewall_end_lease(&change, context, err);
	cleanup_close(&change.lock);
	if (result == 0)
		network_event(network, "connect", request->attach->container_id);
	return result;
}

int lease_rename(const struct net_context *context, const struct lease_request *request,
		 struct arena *arena, struct error *err)
{
	const char *network = request->wanted->network;
	auto_close int lock = network_config_lock(context->config_dirfd, network, err);
	struct dns_table table;
	struct dns_lease *lease;

	if (lock < 0 || dns_names_load(context->run_dirfd, network, &table, arena, err) < 0)
		return -1;
	lease = dns_names_find(&table, request->attach->container_id);
	if (!lease)
		return 0;
	request->endpoint->names = collect_names(request->attach, request->wanted, arena);
	if (strcmp(lease->container_name, request->attach->container_name) == 0)
		return 0;
	lease->container_name = request->attach->container_name;
	lease->names = request->endpoint->names;
	return dns_names_save(context->run_dirfd, network, &table, err);
}

/* Visits every network in which one of the containers has a lease; without locks, and by the tables
 * alone, since most networks have none. */
typedef int network_visit(const struct net_context *context, const struct network *network,
			  const struct dns_table *table, void *data, struct error *err);

struct containers {
	char *const *ids;
	size_t count;
	struct strvec *links;
};

static bool has_any(const struct dns_table *table, const struct containers *containers)
{
	for (size_t i = 0; i < containers->count; i++)
		if (dns_names_find(table, containers->ids[i]))
			return true;
	return false;
}

static int visit_networks(const struct net_context *context, network_visit *visit,
			  struct containers *containers, struct error *err)
{
	auto_arena struct arena arena = {0};
	auto_strvec struct strvec names = {0};
	struct network network;
	struct dns_table table;

	if (containers->count == 0)
		return 0;
	if (network_config_names(context->config_dirfd, &names, err) < 0)
		return -1;
	strvec_each (name, &names) {
		if (dns_names_load(context->run_dirfd, *name, &table, &arena, err) < 0)
			return -1;
		if (has_any(&table, containers) &&
		    network_config_load_listed(context->config_dirfd, *name, &network, &arena) &&
		    visit(context, &network, &table, containers, err) < 0)
			return -1;
	}
	return 0;
}

static int add_links(const struct net_context *context, const struct network *network,
		     const struct dns_table *table, void *data, struct error *err)
{
	const struct containers *containers = data;

	(void)context;
	(void)err;
	for (size_t i = 0; i < containers->count; i++) {
		char name[IFNAMSIZ];

		if (!dns_names_find(table, containers->ids[i]))
			continue;
		veth_name(name, network->id, containers->ids[i]);
		strvec_add(containers->links, name);
	}
	return 0;
}

static int drop_leases(const struct net_context *context, const struct network *network,
		       const struct dns_table *seen, void *data, struct error *err)
{
	const struct containers *containers = data;
	auto_close int lock = network_config_lock(context->config_dirfd, network->name, NULL);
	char **gone = arena_array(seen->arena, containers->count + 1, sizeof(*gone));
	struct firewall_elements removed = {.arena = seen->arena};
	struct dns_table table;
	size_t count = 0;
	auto_close int guard = -1;

	if (lock < 0)
		return 0; /* the network has just been removed */
	guard = firewall_lock(context, err);
	if (guard < 0 ||
	    dns_names_load(context->run_dirfd, network->name, &table, seen->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < containers->count; i++) {
		struct dns_lease lease;

		if (!dns_names_find(&table, containers->ids[i]))
			continue;
		gone[count++] = containers->ids[i];
		lease = take_lease(&table, containers->ids[i]);
		firewall_add_lease(&removed, network, &lease);
	}
	if (firewall_begin(guard, err) < 0)
		return -1;
	if (dns_names_strike(context->run_dirfd, network->name, gone, count, err) < 0 ||
	    firewall_change(context, &removed, NULL, err) < 0)
		return -1;
	firewall_settle(guard);
	for (size_t i = 0; i < count; i++)
		network_event(network, "disconnect", gone[i]);
	return 0;
}

int lease_links(const struct net_context *context, char *const *container_ids, size_t count,
		struct strvec *links, struct error *err)
{
	struct containers containers = {container_ids, count, links};

	return visit_networks(context, add_links, &containers, err);
}

int lease_drop(const struct net_context *context, char *const *container_ids, size_t count,
	       struct error *err)
{
	struct containers containers = {container_ids, count, NULL};

	return visit_networks(context, drop_leases, &containers, err);
}

int lease_drop_from(const struct net_context *context, const char *network,
		    const char *container_id, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct containers containers = {(char *[]){(char *)container_id}, 1, NULL};
	struct network found;
	struct dns_table table = {.arena = &arena};
	struct error why = {0};

	if (network_config_load(context->config_dirfd, network, &found, &arena, &why) < 0)
		return why.code == ERROR_NOT_FOUND ? 0 : error_pass(err, &why);
	return drop_leases(context, &found, &table, &containers, err);
}
