/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/dns_names.h - the table of one network: leases, and who is called what.
 *
 * RUN/networks/NAME/table. A writer (holding the network's lock) loads it, changes it, writes a new
 * file and renames it over the old one; the only things that change in place are the word that
 * makes a lease visible, and the first byte of the id of one that is given back, which needs no
 * room on a full disk and is dropped by the next writer. So a table is complete at any moment,
 * whoever is killed. Before the rename the old file is marked as superseded: readers, who keep it
 * mapped, then look for a newer one, and pay no system call as long as nothing changes.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/cidr.h"

struct arena;
struct error;

struct dns_lease {
	char container_id[65];
	const char *container_name, *project; /* project: NULL when none */
	bool is_visible;
	ip_number ipv4, ipv6; /* 0: none */
	uint8_t mac[6];
	bool is_unguarded;   /* it may speak for others: see net/firewall_guard.c */
	bool has_link_local; /* it has link-local addresses of the user's */
	char **names;	     /* NULL-terminated, lower case */
};

/* A whole table in memory, for writers. */
struct dns_table {
	struct dns_lease *leases;
	size_t count;
	struct cidr subnet4, subnet6; /* family 0: none */
	ip_number last4, last6;	      /* the address given last */
	struct arena *arena;
};

/* The file, for a reader (net/responder/dns_view.h). -1: none. */
int dns_names_open(int network_dirfd, const char *network);
/* A missing or damaged file is an empty table. @network_dirfd is RUN/networks. */
int dns_names_load(int network_dirfd, const char *network, struct dns_table *table,
		   struct arena *arena, struct error *err);
int dns_names_save(int network_dirfd, const char *network, const struct dns_table *table,
		   struct error *err);
/* Marks the table as superseded and removes it with its directory. */
int dns_names_remove(int network_dirfd, const char *network, struct error *err);
/* One store into the mapped table. A container that has no lease here is fine. */
int dns_names_set_visible(int network_dirfd, const char *network, const char *container_id,
			  bool visible, struct error *err);
/* Gives the leases of these containers back, in place. Who has none is fine. */
int dns_names_strike(int network_dirfd, const char *network, char *const *container_ids,
		     size_t count, struct error *err);
struct dns_lease *dns_names_add(struct dns_table *table, const char *container_id);
struct dns_lease *dns_names_find(const struct dns_table *table, const char *container_id);
