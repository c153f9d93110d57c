/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/ipam.h - which subnet, which address. Pure: no files, no kernel.
 */
#pragma once

#include "net/cidr.h"
#include "net/network.h"

/* What is taken already; overlapping pools are skipped. */
struct ipam_taken {
	const struct cidr *items;
	size_t count;
};

/* The first free subnet of Docker's pools in Docker's order, then of 10.89.0.0/16 and what follows
 * it. @prefix 0: as the pools are cut. ERROR_CONFLICT when all are taken. */
int ipam_pick_subnet(struct cidr *subnet, unsigned prefix, const struct ipam_taken *taken,
		     struct error *err);
/* docker0's, or else as above. */
int ipam_pick_default_subnet(struct cidr *subnet, const struct ipam_taken *taken,
			     struct error *err);
/* A unique local subnet made from an id of the host and one of the network; subnet->prefix says
 * how large, 0: /64. */
int ipam_pick_subnet6(struct cidr *subnet, const char *host_id, const char *network_id,
		      const struct ipam_taken *taken, struct error *err);

struct ipam_request {
	const char *network; /* for messages */
	const char *network_id;
	const struct network_subnet *subnet;
	const char *address;   /* a static one, or NULL */
	const ip_number *used; /* sorted */
	size_t used_count;
	ip_number last; /* the address given last: search goes on behind it */
};

/* An address of the subnet: never its first or last of IPv4, the gateway, or a reserved one. Freed
 * addresses are used again only after all others, since neighbours remember them. */
int ipam_pick_address(ip_number *address, const struct ipam_request *request, struct error *err);
/* The first usable address: the gateway when nobody says otherwise. */
ip_number ipam_first_usable(const struct cidr *subnet);
int ipam_compare(const void *a, const void *b);
