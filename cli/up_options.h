/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/up_options.h - what up, create and scale have in common.
 */
#pragma once

#include "cli/invocation.h"

struct up_common {
	bool force_recreate, no_recreate, always_recreate_deps, renew_anon_volumes;
	bool build, no_build, quiet_pull, quiet_build, yes;
	int remove_orphans;
	const char *pull;
	struct strvec scales;
};

/* Flags that exclude each other, and what there is no implementation for. */
int up_common_check(const struct up_common *common, struct error *err);
/* --pull, here and of `run`; NULL is fine. */
int up_check_pull(const char *policy, struct error *err);
/* Fills what the common options say, the environment's orphan rules included. */
int up_common_fill(struct invocation *invocation, const struct up_common *common,
		   struct apply_up *up, struct error *err);
