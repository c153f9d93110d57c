/* SPDX-License-Identifier: Apache-2.0 */
#include "net/veth.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/digest.h"
#include "base/error.h"
#include "net/link.h"

/* The kernel counts the byte behind the text, too: one less than IFALIASZ of linux/if.h. */
enum { ALIAS_SIZE = 255 };

void veth_name(char out[IFNAMSIZ], const char *network_id, const char *container_id)
{
	char hex[DIGEST_HEX_SIZE];
	struct digest hash;

	digest_init(&hash);
	digest_add(&hash, network_id, strlen(network_id) + 1);
	digest_add(&hash, container_id, strlen(container_id));
	digest_finish(&hash, hex);
	snprintf(out, IFNAMSIZ, VETH_PREFIX "%.12s", hex);
}

static void put_peer(struct nl_msg *message, const struct veth *veth)
{
	struct nlattr *peer = nla_nest_start(message, VETH_INFO_PEER);
	struct ifinfomsg info = {0};

	nlmsg_append(message, &info, sizeof(info), NLMSG_ALIGNTO);
	nla_put_string(message, IFLA_IFNAME, veth->name);
	nla_put(message, IFLA_ADDRESS, sizeof(veth->mac), veth->mac);
	nla_put_u32(message, IFLA_MTU, veth->mtu);
	nla_put_u32(message, IFLA_NET_NS_FD, (uint32_t)veth->netns_fd);
	nla_nest_end(message, peer);
}

static struct nl_msg *creation(const struct veth *veth)
{
	struct ifinfomsg info = {0};
	struct nl_msg *message =
		netlink_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
	struct nlattr *link_info, *data;

	nla_put_string(message, IFLA_IFNAME, veth->host_name);
	nla_put_u32(message, IFLA_MTU, veth->mtu);
	nla_put_u32(message, IFLA_MASTER, veth->bridge_index);
	link_info = nla_nest_start(message, IFLA_LINKINFO);
	nla_put_string(message, IFLA_INFO_KIND, "veth");
	data = nla_nest_start(message, IFLA_INFO_DATA);
	put_peer(message, veth);
	nla_nest_end(message, data);
	nla_nest_end(message, link_info);
	return message;
}

/* Settings of the bridge port are accepted only once the interface has its master, so they need a
 * message of their own. Hairpin lets a container reach its own published port. Without an IPv6
 * address of its own the host's end sends no neighbour discovery. */
static struct nl_msg *port_settings(const struct veth *veth)
{
	struct nl_msg *message = link_change(veth->host_name, true);
	struct nlattr *outer = nla_nest_start(message, IFLA_LINKINFO), *inner;
	char alias[ALIAS_SIZE];

	nla_put_string(message, IFLA_INFO_SLAVE_KIND, "bridge");
	inner = nla_nest_start(message, IFLA_INFO_SLAVE_DATA);
	nla_put_u8(message, IFLA_BRPORT_MODE, 1);
	nla_put_u8(message, IFLA_BRPORT_ISOLATED, veth->is_isolated);
	nla_put_u8(message, IFLA_BRPORT_LEARNING, 0);
	nla_nest_end(message, inner);
	nla_nest_end(message, outer);
	if (veth->alias) {
		/* A step of a build is called what it does; the kernel takes no more than this. */
		snprintf(alias, sizeof(alias), "%s", veth->alias);
		nla_put_string(message, IFLA_IFALIAS, alias);
	}
	outer = nla_nest_start(message, IFLA_AF_SPEC);
	inner = nla_nest_start(message, AF_INET6);
	nla_put_u8(message, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	nla_nest_end(message, inner);
	nla_nest_end(message, outer);
	return message;
}

/* An entry of the bridge's own table. NUD_NOARP is what `bridge fdb` calls static. */
static struct nl_msg *forwarding_entry(const struct veth *veth, unsigned index)
{
	struct ndmsg info = {
		.ndm_family = AF_BRIDGE,
		.ndm_ifindex = (int)index,
		.ndm_state = NUD_NOARP,
		.ndm_flags = NTF_MASTER,
	};
	struct nl_msg *message =
		netlink_message(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &info, sizeof(info));

	nla_put(message, NDA_LLADDR, sizeof(veth->mac), veth->mac);
	return message;
}

static int create_once(struct netlink *netlink, const struct veth *veth, struct error *err)
{
	struct netlink_batch batch = {0};

	netlink_add(&batch, creation(veth), "create the interface '%s'", veth->name);
	netlink_add(&batch, port_settings(veth), "configure the interface '%s'", veth->host_name);
	if (netlink_commit(netlink, &batch, err) < 0)
		return -1;
	netlink_add(&batch, forwarding_entry(veth, link_index_in(netlink, veth->host_name)),
		    "tell the bridge of the interface '%s'", veth->host_name);
	return netlink_commit(netlink, &batch, err);
}

int veth_create(struct netlink *netlink, const struct veth *veth, struct error *err)
{
	struct netlink_batch batch = {0};
	struct error why = {0};

	if (create_once(netlink, veth, &why) == 0)
		return 0;
	if (why.code == EEXIST && link_index_in(netlink, veth->host_name) > 0) {
		link_add_delete(&batch, veth->host_name);
		netlink_commit(netlink, &batch, NULL);
		return create_once(netlink, veth, err);
	}
	return error_pass(err, &why);
}
