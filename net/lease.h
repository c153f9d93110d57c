/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/lease.h - a container's addresses and names in one network: the step of an attachment that
 * is only on disk.
 */
#pragma once

#include "net/network.h"

/* Who wants which of the request's endpoints, and what comes of it. */
struct lease_request {
	const struct attach_request *attach;
	const struct endpoint_request *wanted;
	struct network *network;   /* out: its description */
	struct endpoint *endpoint; /* out */
};

/* Enters a lease into the network's table (replacing an older one of this container), invisible. */
int lease_take(const struct net_context *context, const struct lease_request *request,
	       struct arena *arena, struct error *err);
/* Its names there become those of the request; @endpoint gets them. None there is fine. */
int lease_rename(const struct net_context *context, const struct lease_request *request,
		 struct arena *arena, struct error *err);
struct strvec;
/* Adds the names of the host's interfaces that these containers have. */
int lease_links(const struct net_context *context, char *const *container_ids, size_t count,
		struct strvec *links, struct error *err);
/* Removes the lease of one container in one network, which need not be there any more. */
int lease_drop_from(const struct net_context *context, const char *network,
		    const char *container_id, struct error *err);
/* Removes the leases of these containers from every network. */
int lease_drop(const struct net_context *context, char *const *container_ids, size_t count,
	       struct error *err);
