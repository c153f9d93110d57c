/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/build_run.h - builds outside of any project, and how they end.
 */
#pragma once

#include "builder/build_set.h"

struct invocation;

/* Shows what goes on; what interrupts ends what was begun. -1 with @err, ECANCELED: interrupted. */
int build_run_jobs(struct invocation *invocation, struct build_job *jobs, size_t count,
		   struct error *err);
/* Says why: the excerpt first, then one line. Returns the exit code. */
int build_run_failed(struct invocation *invocation, const struct error *err);
