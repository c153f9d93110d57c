/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/firewall.h - our nftables table: what networks and ports put into its sets and maps.
 *
 * The table follows from ROOT/networks and the claims file alone. A change writes those first and
 * then sends the difference; when the kernel refuses it (somebody flushed the ruleset, a crash
 * left an element), the whole table is made anew from them in one transaction. All changes happen
 * under firewall_lock.
 */
#pragma once

#include "net/claims.h"
#include "net/firewall_layout.h"
#include "net/network.h"

/* Elements by set, in an arena. */
struct firewall_elements {
	struct nft_element *items[FIREWALL_SET_COUNT];
	size_t counts[FIREWALL_SET_COUNT];
	struct arena *arena;
};

#define FIREWALL_NAME_SIZE 32

/* The lock of the table and the claims file; close to release. Builds the table anew when its last
 * holder was killed in the middle of a change. */
int firewall_lock(const struct net_context *context, struct error *err);
/* Around a change of files and table, so that a kill in between does not go unseen. */
void firewall_begin(int lock);
void firewall_settle(int lock);

/* Pure: what belongs into the table for a network, and for a set of claims. */
void firewall_add_network(struct firewall_elements *elements, const struct network *network);

/* Removes and adds in one transaction; on refusal everything anew. Lock held. */
int firewall_change(const struct net_context *context, const struct firewall_elements *removed,
		    const struct firewall_elements *added, struct error *err);
/* The change from one set of claims to another (both saved already). */
int firewall_change_claims(const struct net_context *context, const struct claims *before,
			   const struct claims *after, struct error *err);
/* Everything anew from the files; no table when there is no network. Lock held. */
int firewall_rebuild(const struct net_context *context, struct error *err);
/* 1 when the table knows this network, 0 when it does not. */
int firewall_has_network(const struct net_context *context, const struct network *network,
			 struct error *err);
/* Warns once when another table drops what is forwarded. */
void firewall_warn_about_others(const struct net_context *context);
