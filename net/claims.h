/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/claims.h - who has published which port: RUN/networks/.ports.
 *
 * One line of text per claim. The file is small, read whole, and replaced whole under the lock of
 * net/firewall.h, so that the ruleset always follows from it and the networks' descriptions.
 */
#pragma once

#include "net/cidr.h"
#include "net/network.h"

struct claim {
	const char *container_id, *container_name;
	const char *share; /* NULL: nobody else may hold the port */
	bool is_ready;
	uint8_t protocol; /* IPPROTO_TCP, ... */
	struct cidr host; /* address 0: all addresses of the family */
	uint16_t host_port;
	struct cidr target; /* family 0: the container has no address of this family (relayed) */
	struct cidr relay;  /* what a relay connects to when there is no target, or for ::1 */
	uint16_t target_port;
};

struct claims {
	struct claim *items;
	size_t count;
	struct arena *arena;
};

/* A missing file has no claims; damaged lines are skipped. */
int claims_load(int dirfd, struct claims *claims, struct arena *arena, struct error *err);
/* Removes what a killed claims_save left. Lock held. */
void claims_sweep(int dirfd);
int claims_save(int dirfd, const struct claims *claims, struct error *err);
/* Pure: the text of the file. */
void claims_parse(struct claims *claims, const char *text, struct arena *arena);
struct claim *claims_add(struct claims *claims);
void claims_remove_container(struct claims *claims, const char *container_id);
/* A claim that cannot stand beside @wanted: the same port and an address in common, unless both
 * have the same share and the same address. NULL: none. */
const struct claim *claims_find_conflict(const struct claims *claims, const struct claim *wanted);
/* Do both mean the same host address and port? */
bool claims_is_same_port(const struct claim *a, const struct claim *b);

const char *claims_protocol_name(uint8_t protocol);
/* 0 for an unknown one. */
uint8_t claims_protocol_number(const char *name);
