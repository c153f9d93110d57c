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
#include "net/firewall_elements.h"
#include "net/network.h"

#define FIREWALL_NAME_SIZE    32
#define FIREWALL_DOCKER_TABLE "filter" /* of Docker's rules, see firewall_docker.h */
#define FIREWALL_WATCH_FILE   ".watch" /* in RUN/networks: see firewall_watch.h */

/* "coracle", or "coracle-" and 8 digits made from a run path of its own. */
void firewall_table_name(char out[FIREWALL_NAME_SIZE], const char *run_path);

/* The lock of the table and the claims file; close to release. Builds the table anew when its last
 * holder was killed in the middle of a change. */
int firewall_lock(const struct net_context *context, struct error *err);
/* Around a change of files and table, so that a kill or a failure in between does not go unseen:
 * whoever has the lock next makes the table anew. The mark is the size of the lock's file, which
 * takes no room on a full disk. Failing to begin, nothing may be changed. */
int firewall_begin(int lock, struct error *err);
void firewall_settle(int lock);

/* What its rules' notes carry (net/nft.h): follows from the layout. */
void firewall_mark(uint8_t mark[NFT_MARK_SIZE]);
/* Does the kernel have nf_tables for this part? */
bool firewall_has_part(const char *table, size_t index);
/* A network with its leases. */
int firewall_add_whole(const struct net_context *context, struct firewall_elements *elements,
		       const struct network *network, struct error *err);
/* What belongs into the tables now. 0: no table is needed, 1: it is. Lock held. */
int firewall_load(const struct net_context *context, struct firewall_elements *elements,
		  struct error *err);

/* Removes and adds in one transaction; on refusal everything anew. Lock held. */
int firewall_change(const struct net_context *context, const struct firewall_elements *removed,
		    const struct firewall_elements *added, struct error *err);
/* A lease is entered: what changes in the tables. It begins before it is saved, so that whoever has
 * the lock next makes them anew when that is all that comes of it. */
struct firewall_lease {
	struct firewall_elements removed, added; /* arenas are the caller's */
	int lock;				 /* the caller closes it; -1: nothing changes */
};
/* @before is the container's former one, or of no container. Takes the lock. */
int firewall_begin_lease(struct firewall_lease *change, const struct net_context *context,
			 const struct network *network, const struct dns_lease *before,
			 const struct dns_lease *after, struct error *err);
int firewall_end_lease(const struct firewall_lease *change, const struct net_context *context,
		       struct error *err);
/* The change from one set of claims to another (both saved already). */
int firewall_change_claims(const struct net_context *context, const struct claims *before,
			   const struct claims *after, struct error *err);
/* Everything anew from the files; no table when there is no network. Lock held. */
int firewall_rebuild(const struct net_context *context, struct error *err);
/* 1 when the table knows this network, 0 when it does not. */
int firewall_has_network(const struct net_context *context, const struct network *network,
			 struct error *err);
/* Warns once when another table drops what is forwarded. */
void firewall_warn_about_others(const struct net_context *context, bool is_beside_docker);
