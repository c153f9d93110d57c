/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/invocation.h"

static int unpause_run(struct invocation *invocation, struct error *err)
{
	struct apply apply = invocation_apply(invocation);

	return apply_pause(&apply, false, err);
}

const struct command cmd_unpause = {
	.name = "unpause",
	.usage = "[SERVICE...]",
	.help = "let paused services go on",
	.needs = NEEDS_ROOT | NEEDS_ENGINE | NEEDS_PROJECT | NEEDS_LOCK | ALL_PROFILES |
		 SERVICE_ARGUMENTS | HAS_DRY_RUN,
	.most = ANY_NUMBER,
	.run = unpause_run,
};
