/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/container_update.h - door: other limits and another restart policy for a container that
 * is there, running or not.
 */
#pragma once

#include "engine/container.h"

struct container_update {
	/* What is 0 or NULL stays as it is; -1: no limit any more. Throttles and devices stay. */
	struct spec_resources limits;
	const struct container_restart_policy *restart; /* NULL: stays */
};

/* What the kernel refuses changes nothing. A controller that is not there is a warning, as at the
 * start, and the limit counts as soon as it is. ERROR_CONFLICT: against what the container has. */
int container_update(struct engine *engine, const char *id, const struct container_update *update,
		     struct error *err);
