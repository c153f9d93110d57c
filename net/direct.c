/* SPDX-License-Identifier: Apache-2.0 */
#include "net/direct.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "net/direct_modes.h"
#include "net/link.h"
#include "net/network_config.h"

bool direct_has_no_neighbours(const struct network *network)
{
	struct network_options options;

	return direct_is(network) && network_config_options(network, &options, NULL) == 0 &&
	       direct_find_mode(network, &options)->value != IPVLAN_MODE_L2 &&
	       strcmp(network->driver, "ipvlan") == 0;
}

/* "eth0.50": 50, and the interface that it is on; 0 when the name is not like that. */
static unsigned vlan_of(const char *name, char below[IFNAMSIZ])
{
	const char *dot = strrchr(name, '.');
	char *end;
	unsigned long number = dot ? strtoul(dot + 1, &end, 10) : 0;

	if (!dot || dot == name || dot - name >= IFNAMSIZ || *end || number < 1 || number > 4094)
		return 0;
	memcpy(below, name, (size_t)(dot - name));
	below[dot - name] = '\0';
	return (unsigned)number;
}

static unsigned mtu_of(const char *name, struct arena *arena)
{
	auto_netlink struct netlink netlink = {0};
	struct links links;

	if (netlink_open(&netlink, NULL) < 0 || link_list(&netlink, 0, &links, arena, NULL) < 0)
		return 0;
	for (size_t i = 0; i < links.count; i++)
		if (strcmp(links.items[i].name, name) == 0)
			return links.items[i].mtu;
	return 0;
}

int direct_complete(struct network *network, const struct network_options *options,
		    struct arena *arena, struct error *err)
{
	char below[IFNAMSIZ] = "";
	unsigned mtu;

	network->bridge = options->parent;
	if (!options->parent) {
		network->bridge = arena_format(arena, "dm-%.12s", network->id);
		network->internal = network->owns_link = true;
	} else if (link_index(options->parent) == 0) {
		if (!vlan_of(options->parent, below) || link_index(below) == 0)
			return error_set(
				err, ERROR_NOT_FOUND,
				"network '%s': there is no interface '%s' to be its parent",
				network->name, options->parent);
		network->owns_link = true;
	}
	mtu = mtu_of(*below ? below : network->bridge, arena);
	if (!options->mtu && mtu)
		network->mtu = mtu;
	return 0;
}

static struct nl_msg *new_link(const char *name, const char *kind, struct nlattr **info)
{
	struct ifinfomsg header = {0};
	struct nl_msg *message =
		netlink_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof(header));

	nla_put_string(message, IFLA_IFNAME, name);
	*info = nla_nest_start(message, IFLA_LINKINFO);
	nla_put_string(message, IFLA_INFO_KIND, kind);
	return message;
}

static int commit(struct netlink *netlink, struct netlink_batch *batch, const char *module,
		  struct error *err)
{
	struct error why = {0};

	if (netlink_commit(netlink, batch, &why) == 0)
		return 0;
	if (why.code == EOPNOTSUPP)
		return error_set(err, ERROR_UNSUPPORTED,
				 "%s: this kernel does not have it (its module is '%s')", why.text,
				 module);
	return error_pass(err, &why);
}

int direct_bring_up(const struct network *network, struct error *err)
{
	auto_netlink struct netlink netlink = {0};
	struct netlink_batch batch = {0};
	char below[IFNAMSIZ];
	unsigned vlan = vlan_of(network->bridge, below);
	struct nl_msg *message;
	struct nlattr *info, *data;

	if (!network->owns_link)
		return link_index(network->bridge) > 0
			       ? 0
			       : error_set(err, ERROR_NOT_FOUND, "there is no interface '%s'",
					   network->bridge);
	if (netlink_open(&netlink, err) < 0)
		return -1;
	if (link_index(network->bridge) == 0) {
		message = new_link(network->bridge, vlan ? "vlan" : "dummy", &info);
		if (vlan) {
			data = nla_nest_start(message, IFLA_INFO_DATA);
			nla_put_u16(message, IFLA_VLAN_ID, (uint16_t)vlan);
			nla_nest_end(message, data);
		}
		nla_nest_end(message, info);
		if (vlan)
			nla_put_u32(message, IFLA_LINK, link_index(below));
		netlink_add(&batch, message, "create the interface '%s'", network->bridge);
	}
	netlink_add(&batch, link_change(network->bridge, true), "set up the interface '%s'",
		    network->bridge);
	return commit(&netlink, &batch, vlan ? "8021q" : "dummy", err);
}

static void put_mode(struct nl_msg *message, const struct network *network,
		     const struct network_options *options)
{
	struct nlattr *data = nla_nest_start(message, IFLA_INFO_DATA);
	const struct direct_mode *mode = direct_find_mode(network, options);
	const struct direct_mode *flag = direct_find_flag(network, options);

	if (strcmp(network->driver, "macvlan") == 0) {
		nla_put_u32(message, IFLA_MACVLAN_MODE, mode->value);
	} else {
		nla_put_u16(message, IFLA_IPVLAN_MODE, (uint16_t)mode->value);
		nla_put_u16(message, IFLA_IPVLAN_FLAGS, (uint16_t)flag->value);
	}
	nla_nest_end(message, data);
}

int direct_plug_in(struct netlink *host, const struct direct_link *link, struct error *err)
{
	const struct network *network = link->network;
	struct netlink_batch batch = {0};
	struct network_options options;
	struct nl_msg *message;
	struct nlattr *info;

	if (network_config_options(network, &options, err) < 0)
		return -1;
	message = new_link(link->name, network->driver, &info);
	put_mode(message, network, &options);
	nla_nest_end(message, info);
	nla_put_u32(message, IFLA_LINK, link_index_in(host, network->bridge));
	nla_put_u32(message, IFLA_MTU, network->mtu);
	nla_put_u32(message, IFLA_NET_NS_FD, (uint32_t)link->netns_fd);
	if (strcmp(network->driver, "macvlan") == 0)
		nla_put(message, IFLA_ADDRESS, sizeof(link->mac), link->mac);
	netlink_add(&batch, message, "create the %s interface '%s' on '%s'", network->driver,
		    link->name, network->bridge);
	return commit(host, &batch, network->driver, err);
}
