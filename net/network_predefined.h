/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/network_predefined.h - the networks that are there without anybody's having made them.
 */
#pragma once

#include "net/network.h"

#define NETWORK_DEFAULT "bridge"

/* What is known of it without looking around: of "bridge", no subnet. */
void network_predefined_describe(const struct net_context *context, const char *name,
				 struct network *network, struct arena *arena);
/* Those that are not among @networks, which are sorted by name and stay so. */
void network_predefined_add(const struct net_context *context, struct network **networks,
			    size_t *count, struct arena *arena);
