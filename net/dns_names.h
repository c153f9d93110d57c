/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/dns_names.h - the table of one network: leases, and who is called what.
 *
 * RUN/networks/NAME/table. A writer (holding the network's lock) loads it, changes it, writes a new
 * file and renames it over the old one; the only thing that changes in place is the word that
 * makes a lease visible. So a table is complete at any moment, whoever is killed. Before the
 * rename the old file is marked as superseded: readers, who keep it mapped, then look for a newer
 * one, and pay no system call as long as nothing changes.
 */
#pragma once

#include <netinet/in.h>
#include <stdatomic.h>
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
	char **names; /* NULL-terminated, lower case */
};

/* A whole table in memory, for writers. */
struct dns_table {
	struct dns_lease *leases;
	size_t count;
	struct cidr subnet4, subnet6; /* family 0: none */
	ip_number last4, last6;	      /* the address given last */
	struct arena *arena;
};

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
struct dns_lease *dns_names_add(struct dns_table *table, const char *container_id);
struct dns_lease *dns_names_find(const struct dns_table *table, const char *container_id);

/* The reader's side: maps a table and follows its successors. */
struct dns_view {
	int network_dirfd; /* not owned */
	const char *network;
	const uint8_t *bytes; /* NULL: no table now */
	size_t size;
	uint64_t inode;
};

void dns_view_init(struct dns_view *view, int network_dirfd, const char *network);
void dns_view_release(struct dns_view *view);
/* Call before a look-up; maps a newer table when there is one. */
void dns_view_refresh(struct dns_view *view);

struct dns_match {
	const char *project; /* "" when none; valid until the next refresh */
	struct in_addr ipv4;
	struct in6_addr ipv6;
	bool has_ipv4, has_ipv6;
};

/* Visible leases called @name (any case, @length bytes). Returns how many went into @matches. */
size_t dns_view_find(const struct dns_view *view, const char *name, size_t length,
		     struct dns_match *matches, size_t limit);
/* The container's name of a visible address; NULL: none. @is_inside: the address is in the
 * network's subnet. */
const char *dns_view_reverse(const struct dns_view *view, int family, const uint8_t *address,
			     bool *is_inside);
/* For fuzzing: a view of bytes in memory. */
void dns_view_from_bytes(struct dns_view *view, const void *bytes, size_t size);
