/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/cidr.h - addresses and subnets of both families as plain numbers.
 *
 * An address is a 128-bit number in host order (IPv4 uses the low 32 bits), so that ipam counts
 * and compares without knowing the family. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

typedef unsigned __int128 ip_number;

#define CIDR_TEXT_SIZE 64

struct cidr {
	int family; /* AF_INET, AF_INET6; 0: none */
	ip_number address;
	unsigned prefix;
};

/* "10.0.0.1/8" or, with the full prefix, "10.0.0.1". ERROR_INVALID. */
int cidr_parse(struct cidr *cidr, const char *text, struct error *err);
/* Only an address, no prefix. Returns false for anything else. */
bool cidr_parse_address(struct cidr *cidr, const char *text);
/* With the prefix length. */
char *cidr_format(char out[CIDR_TEXT_SIZE], const struct cidr *cidr);
/* Without it. */
char *cidr_format_address(char out[CIDR_TEXT_SIZE], int family, ip_number address);

unsigned cidr_bits(int family);
ip_number cidr_first(const struct cidr *cidr);
ip_number cidr_last(const struct cidr *cidr);
bool cidr_contains(const struct cidr *cidr, int family, ip_number address);
bool cidr_overlaps(const struct cidr *a, const struct cidr *b);

/* Network order, 4 or 16 bytes; returns how many. */
size_t cidr_to_bytes(uint8_t *out, int family, ip_number address);
ip_number cidr_from_bytes(const uint8_t *bytes, int family);
