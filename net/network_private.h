/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/network_private.h - what the files behind net/network.h share: finding under a lock, taking
 * apart.
 */
#pragma once

#include "net/network.h"

struct strvec;

/* The network's flock; loads it by name, id or prefix. */
int network_lock(const struct net_context *context, const char *name, struct network *network,
		 struct arena *arena, struct error *err);
/* Fills in what @network leaves open, clear of other networks and of the host's routes. Writes
 * nothing. */
int network_complete(const struct net_context *context, struct network *network,
		     struct arena *arena, struct error *err);
/* Completes a new network and writes its description; nothing of it is up yet. Returns the lock
 * under which networks come to be. ERROR_CONFLICT when there is one of that name. */
int network_enter(const struct net_context *context, struct network *network, struct arena *arena,
		  struct error *err);
/* Removes @networks, whose locks the caller holds, with @links (may be NULL) in one deletion of
 * interfaces and one nftables transaction. */
int network_tear_down(const struct net_context *context, const struct network *networks,
		      size_t count, struct strvec *links, struct error *err);
