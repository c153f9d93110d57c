/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/container_network.h - door: the networks of a container that exists already.
 *
 * What a container is connected to is in its container.json, so a start and a restart have it; a
 * running one gets or loses the interface at once.
 *
 * The predefined network "bridge" needs no call: a container whose config has an endpoint with
 * .network = "bridge" is created like any other, and the network comes into being with the first
 * that is attached, and goes with the last (net/network.h, network_predefined).
 */
#pragma once

#include "engine/engine.h"

struct error;

/* @request->network: a name, id or id prefix. ERROR_CONFLICT when the container has an endpoint
 * there, or no network of its own (host, none, another container's). */
int container_network_connect(struct engine *engine, const char *id,
			      const struct endpoint_request *request, struct error *err);
/* With @force also from a network that is not there any more. ERROR_NOT_FOUND: it is not connected.
 */
int container_network_disconnect(struct engine *engine, const char *id, const char *network,
				 bool force, struct error *err);
/* One that does not run has its endpoint in network @to instead of @from, at the same place, from
 * its next start on. @to need not be there yet. Repeating it is fine. */
int container_network_move(struct engine *engine, const char *id, const char *from, const char *to,
			   struct error *err);
