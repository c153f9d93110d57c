/* SPDX-License-Identifier: Apache-2.0 */
/* `unpause`: lets frozen services go on. */
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
	.needs = FOR_SERVICES | SERVICE_ARGUMENTS | NEEDS_LOCK | HAS_DRY_RUN,
	.most = ANY_NUMBER,
	.run = unpause_run,
};
