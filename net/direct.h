/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/direct.h - networks on an interface of the host itself: drivers macvlan and ipvlan.
 *
 * Each container gets an interface of that kind on the parent, whose own network it is on: there is
 * no bridge, no rule of ours and no published port, and neither side sees the host. Leases and
 * names are those of other networks. network->bridge is the parent; one of ours (a dummy where no
 * parent is given, or a VLAN "eth0.50" that was not there) has network->owns_link.
 */
#pragma once

#include <stdint.h>

#include "net/direct_modes.h"
#include "net/netlink.h"
#include "net/network.h"

struct network_options;

/* Fills in bridge, owns_link, mtu and internal. */
int direct_complete(struct network *network, const struct network_options *options,
		    struct arena *arena, struct error *err);
/* Makes a parent of ours, if it is not there; that of others must be. */
int direct_bring_up(const struct network *network, struct error *err);

struct direct_link {
	const struct network *network;
	const char *name; /* in the container */
	uint8_t mac[6];	  /* macvlan only: an ipvlan has its parent's */
	int netns_fd;
};
/* @host is a socket in the host's namespace. */
int direct_plug_in(struct netlink *host, const struct direct_link *link, struct error *err);
/* ipvlan l3: there is no neighbourhood, so the default route is the interface itself. */
bool direct_has_no_neighbours(const struct network *network);
