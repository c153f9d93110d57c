/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/bridge.h - the bridge of a network in the host's namespace.
 */
#pragma once

#include "net/cidr.h"
#include "net/netlink.h"

struct bridge_settings {
	const char *name;
	const char *alias;
	const char *seed; /* its MAC address derives from this */
	unsigned mtu;
	bool enable_ipv4, enable_ipv6;
	bool check_sources;	      /* drop what claims to come from somewhere else */
	const struct cidr *addresses; /* gateways with their prefix */
	size_t address_count;
};

/* Is it there and complete? Setting it up is the last step of its creation. */
bool bridge_is_up(const char *name);
/* Creates or completes it: addresses, sysctls, up. Safe to repeat. */
int bridge_create(struct netlink *netlink, const struct bridge_settings *settings,
		  struct error *err);
