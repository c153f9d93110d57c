/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/watch/batch.h - the paths that changed, until it has been quiet for a moment. Pure: the
 * time is given.
 */
#pragma once

#include "base/map.h"

#include <stdint.h>

/* What an editor, a checkout or a build writes at once is one batch. Where it never gets quiet,
 * what there is goes after a while. */
#define BATCH_QUIET_NS	  ((int64_t)500 * 1000 * 1000)
#define BATCH_PATIENCE_NS ((int64_t)5 * 1000 * 1000 * 1000)

struct batch {		  /* zeroed: empty */
	struct map paths; /* each once, in the order of their first change */
	int64_t first_ns, last_ns;
};

void batch_add(struct batch *batch, const char *path, int64_t now_ns);
/* How long to wait until it is complete: 0: it is, -1: there is nothing. */
int64_t batch_wait_ns(const struct batch *batch, int64_t now_ns);
void batch_release(struct batch *batch);
