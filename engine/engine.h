/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/engine.h - door: what every call of the engine needs to know about this instance.
 */
#pragma once

#include "net/network.h"
#include "storage/layout.h"

struct container_memo;

struct engine {
	struct layout layout;
	struct net_context net;
	char *seccomp_cache;	     /* directory of compiled filters */
	struct container_memo *memo; /* private */
};

int engine_open(struct engine *engine, const char *root, const char *run, struct error *err);
void engine_close(struct engine *engine);
/* malloc'ed path of a helper executable ("monitor", "init"): beside this program in the build tree,
 * else where `make install` puts it. NULL with ERROR_NOT_FOUND. */
char *engine_helper_path(const char *name, struct error *err);
