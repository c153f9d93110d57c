/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/responder/dns_view.h - the names of one network, read: maps a table and follows its
 * successors. No system call is made as long as nothing changes.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dns_view {
	const char *network;
	/* Says which descriptor the table is in now, -1: there is none. False: it cannot say. */
	bool (*find_table)(void *data, int *fd);
	void *data;
	const uint8_t *bytes; /* NULL: no table now */
	size_t size;
	unsigned misses;
	int64_t again_ns; /* after many misses: not to be asked for before */
};

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
