/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of net/network.h about containers. A lease is on disk before its interface exists, and
 * goes after it: so whatever is killed, network_detach finds everything by the container's id.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "net/bridge.h"
#include "net/direct.h"
#include "net/dns_names.h"
#include "net/lease.h"
#include "net/link.h"
#include "net/netns.h"
#include "net/network.h"
#include "net/network_config.h"
#include "net/network_plug.h"
#include "net/network_predefined.h"
#include "net/network_private.h"
#include "net/veth.h"

#define INTERFACE_OPTION "com.docker.network.endpoint.ifname"

static const char *wanted_name(const struct endpoint_request *request)
{
	return request->interface_name
		       ? request->interface_name
		       : pair_find(request->options, request->option_count, INTERFACE_OPTION);
}

static bool is_name_taken(const struct attachment *attachment, const char *name)
{
	for (size_t i = 0; i < attachment->request->endpoint_count; i++) {
		const char *wanted = wanted_name(&attachment->request->endpoints[i]);
		const char *given = attachment->endpoints[i].interface_name;

		if ((wanted && strcmp(wanted, name) == 0) || (given && strcmp(given, name) == 0))
			return true;
	}
	return false;
}

/* Asked names stand; the others count up around them. */
static int name_interface(struct attachment *attachment, size_t index, struct error *err)
{
	const char *name = wanted_name(&attachment->request->endpoints[index]);
	struct endpoint *endpoint = &attachment->endpoints[index];
	struct network_options options;

	if (name && !link_is_name(name))
		return error_set(err, ERROR_INVALID, "'%s' is not an interface name", name);
	for (size_t i = 0; name && i < index; i++)
		if (strcmp(attachment->endpoints[i].interface_name, name) == 0)
			return error_set(err, ERROR_INVALID, "two networks want the interface '%s'",
					 name);
	if (network_config_options(&attachment->networks[index], &options, err) < 0)
		return -1;
	for (unsigned number = 0; !name; number++) {
		char candidate[32];

		snprintf(candidate, sizeof(candidate), "%s%u", options.interface_prefix, number);
		if (!is_name_taken(attachment, candidate))
			name = arena_string(attachment->arena, candidate);
	}
	endpoint->interface_name = arena_string(attachment->arena, name);
	return 0;
}

static int count_gateways(const struct endpoint *endpoint)
{
	return (endpoint->gateway4 != NULL) + (endpoint->gateway6 != NULL);
}

/* As Docker has it: higher priority first, then those that lead further by both families, then by
 * the networks' names. */
static bool is_better(const struct attachment *attachment, size_t a, size_t b)
{
	const struct endpoint_request *requests = attachment->request->endpoints;
	const struct endpoint *endpoints = attachment->endpoints;
	int by_count = count_gateways(&endpoints[a]) - count_gateways(&endpoints[b]);

	if (requests[a].gw_priority != requests[b].gw_priority)
		return requests[a].gw_priority > requests[b].gw_priority;
	return by_count ? by_count > 0 : strcmp(endpoints[a].network, endpoints[b].network) < 0;
}

/* Of those with a way out. */
static size_t choose_gateway(const struct attachment *attachment, int family)
{
	size_t count = attachment->request->endpoint_count, best = count;

	for (size_t i = 0; i < count; i++) {
		const struct endpoint *endpoint = &attachment->endpoints[i];

		if (!endpoint->internal &&
		    (family == AF_INET ? endpoint->gateway4 : endpoint->gateway6) &&
		    (best == count || is_better(attachment, i, best)))
			best = i;
	}
	return best;
}

static void choose_gateways(const struct attachment *attachment)
{
	size_t count = attachment->request->endpoint_count;
	size_t best4 = choose_gateway(attachment, AF_INET);
	size_t best6 = choose_gateway(attachment, AF_INET6);

	for (size_t i = 0; i < count; i++)
		attachment->endpoints[i].is_gateway4 = attachment->endpoints[i].is_gateway6 = false;
	if (best4 < count)
		attachment->endpoints[best4].is_gateway4 = true;
	if (best6 < count)
		attachment->endpoints[best6].is_gateway6 = true;
}

static int restore_bridges(const struct net_context *context, const struct attachment *attachment,
			   struct error *err)
{
	for (size_t i = 0; i < attachment->request->endpoint_count; i++)
		if (!bridge_is_up(attachment->networks[i].bridge) &&
		    network_restore(context, attachment->networks[i].name, err) < 0)
			return -1;
	return 0;
}

/* Writes the description of the default network unless it is there. Whoever gets a lease in it
 * brings it up. */
static int require_default(const struct net_context *context, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct network network;
	struct error why = {0};
	auto_close int lock = -1;

	if (network_config_load(context->config_dirfd, NETWORK_DEFAULT, &network, &arena, &why) ==
	    0)
		return 0;
	if (why.code != ERROR_NOT_FOUND)
		return error_pass(err, &why);
	network_predefined_describe(context, NETWORK_DEFAULT, &network, &arena);
	lock = network_enter(context, &network, &arena, &why);
	/* Somebody else may have made it meanwhile. */
	return lock >= 0 || why.code == ERROR_CONFLICT ? 0 : error_pass(err, &why);
}

/* As long as it has no lease, the default network may be taken for one that is not used any more.
 */
static int take_lease(const struct net_context *context, const struct lease_request *lease,
		      struct arena *arena, struct error *err)
{
	bool is_default = strcmp(lease->wanted->network, NETWORK_DEFAULT) == 0;
	struct error why = {0};

	do {
		if (is_default && require_default(context, err) < 0)
			return -1;
		if (lease_take(context, lease, arena, &why) == 0)
			return 0;
	} while (is_default && why.code == ERROR_NOT_FOUND);
	return error_pass(err, &why);
}

static int plug(void *data, struct error *err)
{
	return network_plug(data, err);
}

static int attach(const struct net_context *context, struct attachment *attachment,
		  struct error *err)
{
	size_t present = attachment->request->present;

	for (size_t i = 0; i < present; i++)
		if (network_load(context, attachment->request->endpoints[i].network,
				 &attachment->networks[i], attachment->arena, err) < 0)
			return -1;
	for (size_t i = present; i < attachment->request->endpoint_count; i++) {
		struct lease_request lease = {
			.attach = attachment->request,
			.wanted = &attachment->request->endpoints[i],
			.network = &attachment->networks[i],
			.endpoint = &attachment->endpoints[i],
		};

		if (take_lease(context, &lease, attachment->arena, err) < 0)
			return -1;
		attachment->endpoints[i].is_direct = direct_is(&attachment->networks[i]);
	}
	for (size_t i = present; i < attachment->request->endpoint_count; i++)
		if (name_interface(attachment, i, err) < 0)
			return -1;
	choose_gateways(attachment);
	if (restore_bridges(context, attachment, err) < 0 ||
	    netlink_open(&attachment->host, err) < 0)
		return -1;
	return netns_visit(attachment->request->netns_fd, plug, attachment, err);
}

/* The default route may have gone with what is taken back here. */
static void undo(const struct net_context *context, struct attachment *attachment)
{
	struct attach_request before = *attachment->request;
	char *id = (char *)before.container_id;

	if (before.present == 0) {
		network_detach(context, &id, 1, NULL);
		return;
	}
	for (size_t i = before.present; i < before.endpoint_count; i++)
		if (attachment->endpoints[i].network)
			network_part(context, id, &attachment->endpoints[i], before.netns_fd, NULL);
	netlink_close(&attachment->host);
	before.endpoint_count = before.present;
	attachment->request = &before;
	attach(context, attachment, NULL);
}

int network_attach(const struct net_context *context, const struct attach_request *request,
		   struct endpoint *endpoints, struct arena *arena, struct error *err)
{
	struct attachment attachment = {
		.request = request,
		.networks = arena_array(arena, request->endpoint_count + 1, sizeof(struct network)),
		.endpoints = endpoints,
		.arena = arena,
	};
	int result;

	memset(endpoints + request->present, 0,
	       (request->endpoint_count - request->present) * sizeof(*endpoints));
	result = attach(context, &attachment, err);
	if (result < 0)
		undo(context, &attachment);
	netlink_close(&attachment.host);
	return result < 0 ? error_wrap(err, "cannot attach '%s'", request->container_name) : 0;
}

static int delete_here(void *data, struct error *err)
{
	auto_netlink struct netlink inner = {0};
	char *name = data;

	return netlink_open(&inner, err) < 0 ? -1 : link_delete_all(&inner, &name, 1, err);
}

static int delete_inside(const char *name, int netns_fd, struct error *err)
{
	return netns_fd < 0 ? 0 : netns_visit(netns_fd, delete_here, (char *)name, err);
}

static int delete_outside(const struct endpoint *endpoint, const char *container_id,
			  struct error *err)
{
	auto_netlink struct netlink host = {0};
	char name[IFNAMSIZ];

	veth_name(name, endpoint->network_id, container_id);
	if (netlink_open(&host, err) < 0)
		return -1;
	return link_delete_all(&host, (char *[]){name}, 1, err);
}

int network_part(const struct net_context *context, const char *container_id,
		 const struct endpoint *endpoint, int netns_fd, struct error *err)
{
	if ((endpoint->is_direct && endpoint->interface_name
		     ? delete_inside(endpoint->interface_name, netns_fd, err)
		     : delete_outside(endpoint, container_id, err)) < 0 ||
	    lease_drop_from(context, endpoint->network, container_id, err) < 0)
		return -1;
	return network_detach(context, NULL, 0, err); /* of "bridge", perhaps the last */
}

int network_announce(const struct net_context *context, const char *container_id,
		     char *const *networks, bool visible, struct error *err)
{
	for (; networks && *networks; networks++) {
		struct error why = {0};
		auto_close int lock = network_config_lock(context->config_dirfd, *networks, &why);

		if (lock < 0 && why.code == ERROR_NOT_FOUND && !visible)
			continue;
		if (lock < 0)
			return error_pass(err, &why);
		if (dns_names_set_visible(context->run_dirfd, *networks, container_id, visible,
					  err) < 0)
			return -1;
	}
	return 0;
}

int network_rename(const struct net_context *context, const struct attach_request *request,
		   struct endpoint *endpoint, struct arena *arena, struct error *err)
{
	struct lease_request lease = {.attach = request, .endpoint = endpoint};

	for (size_t i = 0; i < request->endpoint_count; i++) {
		lease.wanted = &request->endpoints[i];
		if (strcmp(lease.wanted->network, endpoint->network) == 0)
			return lease_rename(context, &lease, arena, err);
	}
	return 0;
}

int network_detach(const struct net_context *context, char *const *container_ids, size_t count,
		   struct error *err)
{
	struct network_dismantling request = {
		.container_ids = container_ids,
		.container_count = count,
	};

	return network_dismantle(context, &request, err);
}

int network_leave(const struct net_context *context, const char *container_id, struct error *err)
{
	return lease_drop(context, (char *const[]){(char *)container_id}, 1, err);
}
