/* SPDX-License-Identifier: Apache-2.0 */
#include "net/address.h"

#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/error.h"

#define SHORTEST_PREFIX 8

void address_add(struct netlink_batch *batch, unsigned index, const struct cidr *cidr)
{
	struct ifaddrmsg info = {
		.ifa_family = (uint8_t)cidr->family,
		.ifa_prefixlen = (uint8_t)cidr->prefix,
		.ifa_index = index,
		.ifa_flags = cidr->family == AF_INET6 ? IFA_F_NODAD : 0,
	};
	struct nl_msg *message =
		netlink_message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &info, sizeof(info));
	char text[CIDR_TEXT_SIZE];
	uint8_t bytes[16];
	int length = (int)cidr_to_bytes(bytes, cidr->family, cidr->address);

	nla_put(message, IFA_LOCAL, length, bytes);
	nla_put(message, IFA_ADDRESS, length, bytes);
	if (cidr->family == AF_INET && cidr->prefix < 31) {
		cidr_to_bytes(bytes, AF_INET, cidr_last(cidr));
		nla_put(message, IFA_BROADCAST, length, bytes);
	}
	netlink_add(batch, message, "add the address %s", cidr_format(text, cidr));
}

void address_add_default_route(struct netlink_batch *batch, unsigned index,
			       const struct cidr *gateway)
{
	struct rtmsg info = {
		.rtm_family = (uint8_t)gateway->family,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_BOOT,
		.rtm_scope = RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
	};
	struct nl_msg *message =
		netlink_message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &info, sizeof(info));
	char text[CIDR_TEXT_SIZE];
	uint8_t bytes[16];
	int length = (int)cidr_to_bytes(bytes, gateway->family, gateway->address);

	nla_put(message, RTA_GATEWAY, length, bytes);
	nla_put_u32(message, RTA_OIF, index);
	netlink_add(batch, message, "add a default route through %s",
		    cidr_format_address(text, gateway->family, gateway->address));
}

void address_add_default_device(struct netlink_batch *batch, unsigned index, int family)
{
	struct rtmsg info = {
		.rtm_family = (uint8_t)family,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_BOOT,
		.rtm_scope = RT_SCOPE_LINK,
		.rtm_type = RTN_UNICAST,
	};
	struct nl_msg *message =
		netlink_message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &info, sizeof(info));

	nla_put_u32(message, RTA_OIF, index);
	netlink_add(batch, message, "add a default route");
}

void address_add_neighbour(struct netlink_batch *batch, unsigned index, const struct cidr *address,
			   const uint8_t mac[6])
{
	struct ndmsg info = {
		.ndm_family = (uint8_t)address->family,
		.ndm_ifindex = (int)index,
		.ndm_state = NUD_PERMANENT,
		.ndm_type = RTN_UNICAST,
	};
	struct nl_msg *message =
		netlink_message(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &info, sizeof(info));
	char text[CIDR_TEXT_SIZE];
	uint8_t bytes[16];
	int length = (int)cidr_to_bytes(bytes, address->family, address->address);

	nla_put(message, NDA_DST, length, bytes);
	nla_put(message, NDA_LLADDR, 6, mac);
	netlink_add(batch, message, "add the neighbour %s",
		    cidr_format_address(text, address->family, address->address));
}

struct listing {
	struct routes *routes;
	struct arena *arena;
};

static void visit_route(struct nlmsghdr *header, void *data)
{
	struct listing *listing = data;
	struct routes *routes = listing->routes;
	const struct rtmsg *info = NLMSG_DATA(header);
	struct nlattr *attributes[RTA_MAX + 1];
	struct cidr cidr = {.family = info->rtm_family, .prefix = info->rtm_dst_len};

	if (header->nlmsg_type != RTM_NEWROUTE || info->rtm_table != RT_TABLE_MAIN ||
	    info->rtm_type != RTN_UNICAST ||
	    (info->rtm_family != AF_INET && info->rtm_family != AF_INET6) ||
	    nlmsg_parse(header, sizeof(*info), attributes, RTA_MAX, NULL) < 0)
		return;
	if (info->rtm_dst_len == 0 && routes->default_index == 0 && attributes[RTA_OIF])
		routes->default_index = nla_get_u32(attributes[RTA_OIF]);
	if (info->rtm_dst_len < SHORTEST_PREFIX || !attributes[RTA_DST] ||
	    nla_len(attributes[RTA_DST]) < (int)cidr_bits(info->rtm_family) / 8)
		return;
	cidr.address = cidr_from_bytes(nla_data(attributes[RTA_DST]), info->rtm_family);
	routes->destinations = arena_grow(listing->arena, routes->destinations, routes->count,
					  sizeof(*routes->destinations));
	routes->destinations[routes->count++] = cidr;
}

int address_list_routes(struct netlink *netlink, struct routes *routes, struct arena *arena,
			struct error *err)
{
	struct listing listing = {.routes = routes, .arena = arena};
	static const uint8_t families[] = {AF_INET, AF_INET6};

	*routes = (struct routes){0};
	for (size_t i = 0; i < 2; i++) {
		struct rtmsg info = {.rtm_family = families[i]};

		if (netlink_dump(netlink, netlink_message(RTM_GETROUTE, 0, &info, sizeof(info)),
				 visit_route, &listing, err) < 0)
			return -1;
	}
	return 0;
}
