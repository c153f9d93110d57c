/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/network_names.h - which networks the endpoints of a container mean.
 */
#pragma once

#include "engine/engine.h"

struct arena;
struct container;
struct container_config;
struct error;
struct network;

#define NETWORK_NAMES_NONE_IS_ALONE                                                                \
	"container cannot be connected to multiple networks with one of the networks in private "  \
	"(none) mode"

/* The endpoints that a container asks for, which may be ids of networks, get the names by which
 * everything finds them; what names no network stays, which may be made before a start needs it.
 * ERROR_CONFLICT for "host" and "none", which nobody is connected to. */
int network_names_resolve(struct engine *engine, struct container_config *config,
			  struct arena *arena, struct error *err);
/* The same when it is to be connected now: written down when a name has changed. The caller has its
 * lock. ERROR_NOT_FOUND (FACT_NO_NETWORK). */
int network_names_settle(struct engine *engine, struct container *container, struct arena *arena,
			 struct error *err);
/* One of them: ERROR_CONFLICT for "host" and "none", as above. */
int network_names_find(struct engine *engine, const char *name, struct network *network,
		       struct arena *arena, struct error *err);
/* Nobody may do this with a network (FACT_NETWORK_DENIED); @why says all of it. Returns -1. */
int network_names_refuse(struct error *err, const char *why);
