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
	bool is_first;	  /* not ready, but before those who have never been, or came later */
	uint8_t protocol; /* IPPROTO_TCP, ... */
	struct cidr host; /* address 0: all addresses of the family */
	uint16_t host_port;
	struct cidr target; /* family 0: the container has no address of this family (relayed) */
	struct cidr relay;  /* what a relay connects to when there is no target, or for ::1 */
	uint16_t target_port;
	uint32_t next; /* of its port number, for claims_find_conflict: index + 1, 0: none */
};

struct claims {
	struct claim *items;
	size_t count;
	struct arena *arena;
	/* For claims_find_conflict: the last of the first @indexed with a port number, as above. */
	uint32_t *by_port;
	size_t indexed;
	/* Lines that claims_parse could make nothing of, and the number of the first, from 1. */
	size_t damaged_count, damaged_line;
};

/* A missing file has no claims. Damaged lines are skipped, and warned of once. */
int claims_load(int dirfd, struct claims *claims, struct arena *arena, struct error *err);
/* Removes what a killed claims_save left. Lock held. */
void claims_sweep(int dirfd);
int claims_save(int dirfd, const struct claims *claims, struct error *err);
/* Takes the lines of these containers out of the file in place, a byte a line: that needs no room,
 * so ports are given back on a full disk, too. The next claims_save drops what is left of them. */
int claims_strike(int dirfd, char *const *container_ids, size_t count, struct error *err);
/* Pure: the text of the file. */
void claims_parse(struct claims *claims, const char *text, struct arena *arena);
struct claim *claims_add(struct claims *claims);
void claims_remove_containers(struct claims *claims, char *const *container_ids, size_t count);
/* A claim that cannot stand beside @wanted: the same port and an address in common, unless both
 * have the same share and the same address. NULL: none. */
const struct claim *claims_find_conflict(struct claims *claims, const struct claim *wanted);
/* Do others of those that share its port get all connections? */
bool claims_is_outranked(const struct claims *claims, const struct claim *claim);
/* Of each share in which nobody is ready or first any more: who waits in it, but for the container
 * @except (NULL: none), is first, before whoever comes now. */
void claims_hand_on(struct claims *claims, const char *except);
/* Is another container than @container_id ready in @share (NULL: nobody is)? */
bool claims_are_shared(const struct claims *claims, const char *share, const char *container_id);
/* Those of the same host address and port as @claim, itself among them. */
struct claims claims_of_port(const struct claims *claims, const struct claim *claim,
			     struct arena *arena);

typedef void claims_visit(const struct claim *const *holders, size_t count, void *data);
/* Visits each port that the kernel serves (of a family that its container has) with who gets its
 * connections: the ready ones of those who share it; when none is, who came first, whom others have
 * only joined; or all, so that clients get an answer. In an order that follows from the claims, not
 * from theirs in the file. */
void claims_each_port(const struct claims *claims, claims_visit *visit, void *data);

const char *claims_protocol_name(uint8_t protocol);
/* 0 for an unknown one. */
uint8_t claims_protocol_number(const char *name);
