/* SPDX-License-Identifier: Apache-2.0 */
#include "net/net_probe.h"

#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>

#include "base/cleanup.h"
#include "net/bridge.h"
#include "net/link.h"
#include "net/netlink.h"
#include "net/netns.h"
#include "net/network.h"
#include "net/nft.h"
#include "net/veth.h"

#define BRIDGE "probe"

static void try_bridge(struct netlink *netlink, struct error *err)
{
	const struct bridge_settings settings = {
		.name = BRIDGE,
		.seed = BRIDGE,
		.mtu = 1500,
		.enable_ipv4 = true,
		.check_sources = true,
	};

	bridge_create(netlink, &settings, err);
}

static void try_veth(struct netlink *netlink, int netns_fd, struct error *err)
{
	const struct veth veth = {
		.host_name = "probe0",
		.name = "probe1",
		.mac = {2, 0, 0, 0, 0, 1},
		.mtu = 1500,
		.bridge_index = link_index(BRIDGE),
		.netns_fd = netns_fd,
	};

	veth_create(netlink, &veth, err);
}

/* What published ports and the way out are made of. */
static void try_filter(struct error *err)
{
	static const struct nft_chain chains[] = {
		{"forward", "filter", NF_INET_FORWARD, 0},
		{"postrouting", "nat", NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC},
	};
	struct nft_batch batch;

	nft_begin(&batch, NFPROTO_INET, BRIDGE);
	nft_create_table(&batch);
	for (size_t i = 0; i < array_length(chains); i++)
		nft_add_chain(&batch, &chains[i]);
	nft_commit(&batch, err);
}

struct probe {
	int netns_fd;
	struct error *problems;
};

static int try_all(void *data, struct error *err)
{
	auto_netlink struct netlink netlink = {.fd = -1};
	const struct probe *probe = data;
	struct error *problems = probe->problems;

	(void)err;
	if (netlink_open(&netlink, &problems[NET_BRIDGE]) == 0) {
		try_bridge(&netlink, &problems[NET_BRIDGE]);
		if (!problems[NET_BRIDGE].code)
			try_veth(&netlink, probe->netns_fd, &problems[NET_VETH]);
	}
	try_filter(&problems[NET_FILTER]);
	return 0;
}

void net_probe(struct error problems[NET_FEATURE_COUNT])
{
	auto_close int fd = -1;
	struct probe probe = {.problems = problems};

	for (size_t i = 0; i < NET_FEATURE_COUNT; i++)
		problems[i] = (struct error){0};
	probe.netns_fd = fd = netns_create(&problems[NET_NAMESPACE]);
	if (fd >= 0)
		netns_visit(fd, try_all, &probe, &problems[NET_NAMESPACE]);
}
