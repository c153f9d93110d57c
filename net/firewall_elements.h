/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/firewall_elements.h - what networks and published ports put into the sets of our table. Pure.
 */
#pragma once

#include "net/claims.h"
#include "net/dns_names.h"
#include "net/firewall_layout.h"
#include "net/network.h"

/* Elements by set, in an arena. */
struct firewall_elements {
	struct nft_element *items[FIREWALL_SET_COUNT];
	size_t counts[FIREWALL_SET_COUNT];
	struct arena *arena;
};

void firewall_add_network(struct firewall_elements *elements, const struct network *network);
/* The guard's. */
void firewall_add_lease(struct firewall_elements *elements, const struct network *network,
			const struct dns_lease *lease);
void firewall_add_claims(struct firewall_elements *elements, const struct claims *claims);
/* The one that says that there is this network. */
struct nft_element firewall_bridge_element(const struct network *network);
/* Takes what both have out of both, and sorts them. */
void firewall_drop_common(struct firewall_elements *a, struct firewall_elements *b);
