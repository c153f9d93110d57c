/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/veth.h - a container's cable: one end a port of the bridge, the other born in the namespace.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/netlink.h"

struct veth {
	char host_name[IFNAMSIZ]; /* from veth_name */
	const char *alias;	  /* shown by `ip link` */
	const char *name;	  /* in the container */
	uint8_t mac[6];
	unsigned mtu, bridge_index;
	int netns_fd;
	bool is_isolated; /* cannot talk to other isolated ports of the bridge */
};

#define VETH_PREFIX "cor"

/* "cor" and 12 digits made from both ids: unique on this host, and the same after a crash. */
void veth_name(char out[IFNAMSIZ], const char *network_id, const char *container_id);
/* The bridge learns no addresses from the port: it knows @mac to be there, so that nobody can draw
 * another one's traffic to itself by sending from that one's address. What has further addresses
 * behind its port (a bridge in a container) is reached by flooding.
 *
 * Both ends with their final names; the host's end is up, the container's is not. A left-over
 * interface with the same name goes first. */
int veth_create(struct netlink *netlink, const struct veth *veth, struct error *err);
