/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/firewall_layout.h - our nftables tables as data: sets, maps, chains and rules.
 *
 * The layout never changes while the program runs; networks and ports are elements.
 */
#pragma once

#include "net/nft.h"

enum firewall_set {
	FIREWALL_BRIDGES, /* every bridge of ours */
	FIREWALL_SAME,	  /* (bridge, the same bridge): to see that a packet stays in its network */
	FIREWALL_INTERNAL, /* bridges of internal networks */
	FIREWALL_OPEN,	   /* bridges whose containers may be reached directly */
	FIREWALL_SUBNETS4, /* not to be reached directly from outside */
	FIREWALL_SUBNETS6,
	FIREWALL_HOME4, /* (bridge, subnet behind it) */
	FIREWALL_HOME6,
	FIREWALL_MASQUERADE4, /* subnets hidden behind the host's address */
	FIREWALL_MASQUERADE6,
	FIREWALL_PORTS4, /* (protocol, port) of all addresses -> (address, port) */
	FIREWALL_PORTS6,
	FIREWALL_PORTS_AT4, /* (address, protocol, port) -> (address, port) */
	FIREWALL_PORTS_AT6,
	FIREWALL_SHARED4, /* the same with a random slot at the end of the key */
	FIREWALL_SHARED6,
	FIREWALL_SHARED_AT4,
	FIREWALL_SHARED_AT6,
	FIREWALL_GUARDED,	   /* ports of bridges whose frames are looked at */
	FIREWALL_GUARD_LINK_LOCAL, /* those with link-local addresses that the user has given */
	FIREWALL_GUARD_ANY_SOURCE, /* those that may answer by way of another network */
	FIREWALL_GUARD_MACS,	   /* (port, hardware address) */
	FIREWALL_GUARD_ADDRESSES4, /* (port, hardware address, address) */
	FIREWALL_GUARD_ADDRESSES6,
	FIREWALL_SET_COUNT,
};

/* New connections to a shared port draw one of these; 60 divides evenly by up to 6. */
#define FIREWALL_SLOTS 60

extern const struct nft_set firewall_sets[FIREWALL_SET_COUNT];
/* There are two tables of the same name: one of the family inet, and in the family bridge the
 * guard, which drops what containers send as others. */
#define FIREWALL_PARTS 2
struct firewall_part {
	uint8_t family;
	enum firewall_set first_set, end_set;
	const struct nft_chain *chains;
	size_t chain_count;
	const struct nft_rule *rules;
	size_t rule_count;
};
const struct firewall_part *firewall_part(size_t index);
