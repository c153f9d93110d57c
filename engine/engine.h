/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/engine.h - door: what every call of the engine needs to know about this instance.
 */
#pragma once

#include "net/network.h"
#include "storage/layout.h"

struct engine {
	struct layout layout;
	struct net_context net;
	char *seccomp_cache; /* directory of compiled filters */
};

int engine_open(struct engine *engine, const char *root, const char *run, struct error *err);
void engine_close(struct engine *engine);
/* Host path of the static pid 1 for `init: true`; NULL with @err when it is not installed. */
char *engine_init_path(struct error *err);
