/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/rules.h - door: what the kernel's table says of a network and of published ports, in words.
 */
#pragma once

#include "net/claims.h"
#include "net/ports.h"

/* What follows from the network's description, and whether the kernel has it. */
struct network_rule {
	const char *text;
	bool is_in_force;
};

/* None for networks that the table knows nothing of (macvlan, host, none). */
int rules_of_network(const struct net_context *context, const struct network *network,
		     struct network_rule **rules, size_t *count, struct arena *arena,
		     struct error *err);

struct port_rule {
	const char *container_id, *container_name;
	struct port_binding binding;
	const char *target; /* the container's address; NULL: it has none */
	bool is_relayed;    /* by its monitor: the address is of the other family */
	bool is_ready;	    /* gets connections: no other that shares the port comes before it */
	const struct claim *claim;
};

struct port_rules {
	struct port_rule *items;
	size_t count;
	struct claims claims;
};

/* All published ports. */
int rules_of_ports(const struct net_context *context, struct port_rules *rules, struct arena *arena,
		   struct error *err);
/* Does the kernel have it? */
bool rules_is_in_force(const struct net_context *context, const struct port_rules *rules,
		       const struct port_rule *rule, struct arena *arena);
/* A table of another program that drops what is forwarded; NULL: none. */
const char *rules_foreign_drop(const struct net_context *context, struct arena *arena);
