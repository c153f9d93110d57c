/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/address.h - addresses of interfaces, and routes.
 */
#pragma once

#include "net/cidr.h"
#include "net/netlink.h"

struct arena;

/* IPv6 addresses skip duplicate address detection: they can be bound at once. */
void address_add(struct netlink_batch *batch, unsigned index, const struct cidr *cidr);
/* A default route through @gateway. */
void address_add_default_route(struct netlink_batch *batch, unsigned index,
			       const struct cidr *gateway);

/* The hardware address of @address, which no ARP or neighbour advertisement changes. */
/* A default route without a gateway: whatever it is for is asked on the interface. */
void address_add_default_device(struct netlink_batch *batch, unsigned index, int family);
void address_add_neighbour(struct netlink_batch *batch, unsigned index, const struct cidr *address,
			   const uint8_t mac[6]);

struct routes {
	struct cidr *destinations; /* of the main table, without default routes */
	size_t count;
	unsigned default_index; /* interface of the IPv4 default route (else IPv6); 0: none */
};

/* Routes to nearly everything (shorter than /8), as VPNs install them, count as default. */
int address_list_routes(struct netlink *netlink, struct routes *routes, struct arena *arena,
			struct error *err);
