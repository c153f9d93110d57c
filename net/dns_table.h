/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/dns_table.h - the file of a network's names, RUN/networks/NAME/table, as it is mapped.
 *
 * A header, the leases, the names sorted by hash, and all text. Texts are offsets into the last
 * part, which ends with a NUL. Readers check every number, whoever wrote it.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/cidr.h"

#define DNS_TABLE_MAGIC UINT64_C(0x31656d616e726f63) /* "cornames1" cut to eight bytes */

struct dns_table_subnet {
	uint8_t address[16], last[16];
	uint32_t family, prefix;
};

struct dns_table_header {
	uint64_t magic;
	_Atomic uint32_t is_superseded;
	uint32_t lease_count, name_count, text_size;
	struct dns_table_subnet subnets[2];
};

struct dns_table_lease {
	_Atomic uint32_t is_visible;
	uint32_t container_name, project; /* project 0: none; text 0 is "" */
	uint8_t ipv4[4], ipv6[16], mac[6];
	char container_id[65];
	uint8_t is_unguarded, has_link_local, padding[3];
};

struct dns_table_name {
	uint32_t hash, text, lease;
};

struct dns_table_parts {
	struct dns_table_header *header;
	struct dns_table_lease *leases;
	struct dns_table_name *names;
	const char *text;
};

/* False unless sizes and ends are as the header says. */
bool dns_table_split(struct dns_table_parts *parts, const void *bytes, size_t size);
const char *dns_table_text(const struct dns_table_parts *parts, uint32_t offset);
/* Of a name in any case. */
uint32_t dns_table_hash(const char *name, size_t length);
/* Maps a whole file, shared; NULL when it is empty or absurd. */
void *dns_table_map(int fd, int protection, size_t *size);
/* Leaves both untouched when there is none. */
void dns_table_read_subnet(const struct dns_table_subnet *from, struct cidr *subnet,
			   ip_number *last);
