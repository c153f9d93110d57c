/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/lease.h - a container's addresses and names in one network: the step of an attachment that
 * is only on disk.
 */
#pragma once

#include "net/network.h"

/* Enters a lease into the network's table (replacing an older one of this container), invisible,
 * and fills @endpoint. @network gets the description. */
int lease_take(const struct net_context *context, const struct attach_request *request,
	       size_t index, struct network *network, struct endpoint *endpoint,
	       struct arena *arena, struct error *err);
struct strvec;
/* Adds the names of the host's interfaces that these containers have. */
int lease_links(const struct net_context *context, char *const *container_ids, size_t count,
		struct strvec *links, struct error *err);
/* Removes the leases of these containers from every network. */
int lease_drop(const struct net_context *context, char *const *container_ids, size_t count,
	       struct error *err);
