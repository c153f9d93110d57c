/* SPDX-License-Identifier: Apache-2.0 */
/* `pause`: freezes the cgroups of services. */
#include "cli/invocation.h"

static int pause_run(struct invocation *invocation, struct error *err)
{
	struct apply apply = invocation_apply(invocation);

	return apply_pause(&apply, true, err);
}

const struct command cmd_pause = {
	.name = "pause",
	.usage = "[SERVICE...]",
	.help = "freeze all processes of services",
	.needs = FOR_SERVICES | SERVICE_ARGUMENTS | NEEDS_LOCK | HAS_DRY_RUN,
	.most = ANY_NUMBER,
	.run = pause_run,
};
