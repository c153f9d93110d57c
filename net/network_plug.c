/* SPDX-License-Identifier: Apache-2.0 */
/* Interfaces, addresses, routes and sysctls of a container's endpoints: made from both sides. */
#include "net/network_plug.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"
#include "net/address.h"
#include "net/cidr.h"
#include "net/direct.h"
#include "net/link.h"
#include "net/net_sysctl.h"
#include "net/network_config.h"
#include "net/veth.h"

#define WAIT_FOR_PLACE_NS (5 * SECOND)
#define SYSCTL_OPTION	  "com.docker.network.endpoint.sysctls"

static int write_sysctl(const char *name, const char *value, bool is_optional, struct error *err)
{
	struct error why = {0};

	if (net_sysctl_write(name, value, &why) == 0)
		return 0;
	if (is_optional && why.code == ENOENT)
		return 0; /* a kernel without IPv6 */
	return error_pass(err, &why);
}

/* What interfaces of the namespace are born with. */
static int write_defaults(const struct attachment *attachment, struct error *err)
{
	bool has_ipv6 = false;

	for (size_t i = 0; i < attachment->request->endpoint_count; i++)
		has_ipv6 |= attachment->endpoints[i].ipv6 != NULL;
	/* arp_notify announces the address when the interface comes up. */
	if (write_sysctl("net/ipv4/conf/default/arp_notify", "1", false, err) < 0 ||
	    write_sysctl("net/ipv6/conf/default/accept_ra", "0", true, err) < 0)
		return -1;
	return write_sysctl("net/ipv6/conf/default/disable_ipv6", has_ipv6 ? "0" : "1", true, err);
}

static bool is_path_word(const char *word)
{
	size_t length = strlen(word);

	return length > 0 && length == strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_");
}

/* "net.ipv4.conf.IFNAME.log_martians=1": IFNAME stands for the interface. The result is a path of
 * checked words only. */
static int write_endpoint_sysctl(const struct endpoint *endpoint, const char *setting,
				 struct error *err)
{
	auto_free char *copy = alloc_string(setting);
	char *value = strchr(copy, '='), *words[5], *rest = copy, *word, path[256];
	size_t count = 0;

	if (value)
		*value++ = '\0';
	while ((word = strsep(&rest, ".")) && count < array_length(words))
		words[count++] = word;
	if (!value || word || count != 5 || strcmp(words[0], "net") != 0 ||
	    (strcmp(words[1], "ipv4") != 0 && strcmp(words[1], "ipv6") != 0 &&
	     strcmp(words[1], "mpls") != 0) ||
	    !is_path_word(words[2]) || strcmp(words[3], "IFNAME") != 0 || !is_path_word(words[4]))
		return error_set(err, ERROR_INVALID,
				 "network '%s': '%s' is not a sysctl of an interface (expected "
				 "net.ipv4.conf.IFNAME.NAME=VALUE)",
				 endpoint->network, setting);
	snprintf(path, sizeof(path), "net/%s/%s/%s/%s", words[1], words[2],
		 endpoint->interface_name, words[4]);
	return write_sysctl(path, value, false, err);
}

static int write_endpoint_sysctls(const struct attachment *attachment, size_t index,
				  struct error *err)
{
	const struct endpoint *endpoint = &attachment->endpoints[index];
	const struct endpoint_request *wanted = &attachment->request->endpoints[index];
	const char *option = pair_find(wanted->options, wanted->option_count, SYSCTL_OPTION);
	auto_free char *copy = option ? alloc_string(option) : NULL;
	char *rest = copy, *setting, path[128];

	snprintf(path, sizeof(path), "net/ipv6/conf/%s/disable_ipv6", endpoint->interface_name);
	if (!endpoint->ipv6 && write_sysctl(path, "1", true, err) < 0)
		return -1;
	while ((setting = strsep(&rest, ",")))
		if (*setting && write_endpoint_sysctl(endpoint, setting, err) < 0)
			return -1;
	return 0;
}

static void queue_neighbour(struct netlink_batch *batch, unsigned index, const char *text,
			    const uint8_t mac[6])
{
	struct cidr address;

	if (text && cidr_parse_address(&address, text))
		address_add_neighbour(batch, index, &address, mac);
}

static int plug_in_directly(struct attachment *attachment, size_t index, struct error *err)
{
	const struct network *network = &attachment->networks[index];
	struct endpoint *endpoint = &attachment->endpoints[index];
	struct direct_link link = {
		.network = network,
		.name = endpoint->interface_name,
		.netns_fd = attachment->request->netns_fd,
	};
	uint8_t mac[6];
	char text[18];

	link_parse_mac(link.mac, endpoint->mac);
	if (strcmp(network->driver, "ipvlan") == 0 &&
	    link_mac_in(&attachment->host, network->bridge, mac))
		endpoint->mac = arena_string(attachment->arena, link_format_mac(text, mac));
	return direct_plug_in(&attachment->host, &link, err);
}

/* From the host's side, which takes the container's hardware addresses from here and not from what
 * other containers say on the network; the other end appears in the namespace. */
static int plug_in(struct attachment *attachment, size_t index, struct error *err)
{
	struct netlink *host = &attachment->host;
	const struct network *network = &attachment->networks[index];
	const struct endpoint *endpoint = &attachment->endpoints[index];
	auto_free char *alias =
		alloc_format("coracle %s %s", attachment->request->container_name, network->name);
	struct netlink_batch batch = {0};
	struct network_options options;
	struct veth veth = {
		.alias = alias,
		.name = endpoint->interface_name,
		.mtu = network->mtu,
		.bridge_index = link_index_in(host, network->bridge),
		.netns_fd = attachment->request->netns_fd,
	};

	if (direct_is(network))
		return plug_in_directly(attachment, index, err);
	if (network_config_options(network, &options, err) < 0)
		return -1;
	veth.is_isolated = !options.icc;
	link_parse_mac(veth.mac, endpoint->mac);
	veth_name(veth.host_name, network->id, attachment->request->container_id);
	if (veth_create(host, &veth, err) < 0)
		return -1;
	queue_neighbour(&batch, veth.bridge_index, endpoint->ipv4, veth.mac);
	queue_neighbour(&batch, veth.bridge_index, endpoint->ipv6, veth.mac);
	return netlink_commit(host, &batch, err);
}

static void queue_address(struct netlink_batch *batch, unsigned index, const char *text,
			  unsigned prefix)
{
	struct cidr address;

	if (!cidr_parse_address(&address, text))
		return;
	address.prefix = prefix;
	address_add(batch, index, &address);
}

static bool is_link_local(const struct cidr *address)
{
	static const char *const blocks[] = {"169.254.0.0/16", "fe80::/10"};

	for (size_t i = 0; i < array_length(blocks); i++) {
		struct cidr block;

		if (cidr_parse(&block, blocks[i], NULL) == 0 &&
		    cidr_contains(&block, address->family, address->address))
			return true;
	}
	return false;
}

static int add_link_local(struct netlink *inner, const struct attachment *attachment, size_t index,
			  struct error *err)
{
	const struct endpoint *endpoint = &attachment->endpoints[index];
	unsigned link = link_index_in(inner, endpoint->interface_name);
	char **text = attachment->request->endpoints[index].link_local;

	for (; text && *text; text++) {
		struct netlink_batch batch = {0};
		struct cidr address;

		if (!cidr_parse_address(&address, *text) || !is_link_local(&address))
			return error_set(err, ERROR_INVALID,
					 "'%s' is not a link-local address (of 169.254.0.0/16 or "
					 "fe80::/10)",
					 *text);
		if (address.family == AF_INET6 && !endpoint->ipv6)
			return error_set(err, ERROR_INVALID,
					 "the link-local address '%s' needs enable_ipv6: true",
					 *text);
		address.prefix = address.family == AF_INET ? 16 : 64;
		address_add(&batch, link, &address);
		if (netlink_commit(inner, &batch, err) < 0)
			return -1;
	}
	return 0;
}

static void queue_gateway(struct netlink_batch *batch, unsigned index, const char *text)
{
	struct cidr gateway;

	if (cidr_parse_address(&gateway, text))
		address_add_default_route(batch, index, &gateway);
}

static void queue_gateways(struct netlink_batch *batch, unsigned link,
			   const struct network *network, const struct endpoint *endpoint)
{
	bool by_device = direct_has_no_neighbours(network);

	if (endpoint->is_gateway4 && by_device)
		address_add_default_device(batch, link, AF_INET);
	else if (endpoint->is_gateway4)
		queue_gateway(batch, link, endpoint->gateway4);
	if (endpoint->is_gateway6 && by_device)
		address_add_default_device(batch, link, AF_INET6);
	else if (endpoint->is_gateway6)
		queue_gateway(batch, link, endpoint->gateway6);
}

/* The bridge's, as far as it has them: a container cannot pose as the gateway for others. */
static void queue_gateway_neighbours(struct netlink_batch *batch, unsigned link,
				     const struct attachment *attachment, size_t index)
{
	const struct network *network = &attachment->networks[index];
	const struct endpoint *endpoint = &attachment->endpoints[index];
	struct network_options options;
	uint8_t mac[6];

	if (direct_is(network) || network_config_options(network, &options, NULL) < 0 ||
	    !link_mac_in(&attachment->host, network->bridge, mac))
		return;
	if (!options.is_isolated4 && !options.inhibit_ipv4)
		queue_neighbour(batch, link, endpoint->gateway4, mac);
	if (!options.is_isolated6)
		queue_neighbour(batch, link, endpoint->gateway6, mac);
}

static void queue_up(struct netlink_batch *batch, unsigned link, const struct endpoint *endpoint)
{
	(void)endpoint;
	link_add_up(batch, link);
}

static void queue_address4(struct netlink_batch *batch, unsigned link,
			   const struct endpoint *endpoint)
{
	if (endpoint->ipv4)
		queue_address(batch, link, endpoint->ipv4, endpoint->prefix4);
}

static void queue_address6(struct netlink_batch *batch, unsigned link,
			   const struct endpoint *endpoint)
{
	if (endpoint->ipv6)
		queue_address(batch, link, endpoint->ipv6, endpoint->prefix6);
}

/* The kernel takes the namespace of a container that has ended apart when it has time; until then
 * its hardware address (macvlan) and its addresses (ipvlan) are taken on the parent. */
static int take_place(struct netlink *inner, unsigned link, const struct endpoint *endpoint,
		      struct error *err)
{
	static void (*const steps[])(struct netlink_batch * batch, unsigned link,
				     const struct endpoint *endpoint) = {queue_up, queue_address4,
									 queue_address6};
	int64_t end_ns = units_monotonic_ns() + WAIT_FOR_PLACE_NS;

	for (size_t i = 0; i < array_length(steps); i++)
		for (;;) {
			struct netlink_batch batch = {0};
			struct error why = {0};

			steps[i](&batch, link, endpoint);
			if (netlink_commit(inner, &batch, &why) == 0)
				break;
			if (why.code != EADDRINUSE || units_monotonic_ns() >= end_ns)
				return error_pass(err, &why);
			poll(NULL, 0, 10);
		}
	return 0;
}

/* From inside the namespace. The address comes first: it is announced when the interface comes
 * up. */
static int configure(struct netlink *inner, const struct attachment *attachment, size_t index,
		     struct error *err)
{
	const struct endpoint *endpoint = &attachment->endpoints[index];
	unsigned link = link_index_in(inner, endpoint->interface_name);
	struct netlink_batch batch = {0};

	if (write_endpoint_sysctls(attachment, index, err) < 0 ||
	    add_link_local(inner, attachment, index, err) < 0 ||
	    (endpoint->is_direct && take_place(inner, link, endpoint, err) < 0))
		return -1;
	if (!endpoint->is_direct) {
		queue_address4(&batch, link, endpoint);
		queue_address6(&batch, link, endpoint);
		link_add_up(&batch, link);
	}
	queue_gateways(&batch, link, &attachment->networks[index], endpoint);
	queue_gateway_neighbours(&batch, link, attachment, index);
	return netlink_commit(inner, &batch, err);
}

/* Of one that is there already: it may have become the way out. */
static int renew_gateway(struct netlink *inner, const struct attachment *attachment, size_t index,
			 struct error *err)
{
	const struct endpoint *endpoint = &attachment->endpoints[index];
	unsigned link = link_index_in(inner, endpoint->interface_name);
	struct netlink_batch batch = {0};

	if (!endpoint->is_gateway4 && !endpoint->is_gateway6)
		return 0;
	queue_gateways(&batch, link, &attachment->networks[index], endpoint);
	return netlink_commit(inner, &batch, err);
}

static int begin(struct netlink *inner, const struct attachment *attachment, struct error *err)
{
	struct netlink_batch batch = {0};

	if (netlink_open(inner, err) < 0)
		return -1;
	link_add_up(&batch, 1); /* lo */
	if (netlink_commit(inner, &batch, err) < 0)
		return -1;
	return attachment->request->endpoint_count > 0 ? write_defaults(attachment, err) : 0;
}

int network_plug(struct attachment *attachment, struct error *err)
{
	auto_netlink struct netlink inner = {0};
	size_t present = attachment->request->present;
	int result = begin(&inner, attachment, err);

	for (size_t i = 0; i < attachment->request->endpoint_count && result == 0; i++) {
		if (i < present)
			result = renew_gateway(&inner, attachment, i, err);
		else if (plug_in(attachment, i, err) < 0 ||
			 configure(&inner, attachment, i, err) < 0)
			result = -1;
		if (result < 0)
			error_wrap(err, "network '%s'", attachment->networks[i].name);
	}
	return result;
}
