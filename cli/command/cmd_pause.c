/* SPDX-License-Identifier: Apache-2.0 */
/* `pause` and `unpause`: freeze the cgroups of services and let them go on. */
#include "cli/invocation.h"

static int pause_run(struct invocation *invocation, struct error *err)
{
	struct apply apply = invocation_apply(invocation);
	const bool *freezes = invocation->command->data;

	return apply_pause(&apply, *freezes, err);
}

#define PAUSE(word, text, typed, effect, freezes)                                                  \
	COMMAND(word, "[SERVICE...]", text, EXAMPLE(typed, effect),                                \
		.needs = FOR_SERVICES | SERVICE_ARGUMENTS | NEEDS_LOCK | HAS_DRY_RUN,              \
		.most = ANY_NUMBER, .run = pause_run, .data = &(const bool){freezes})

const struct command cmd_pause =
	PAUSE("pause", "Freeze all processes of services", "web",
	      "Stop the processes of web where they are, until unpause", true);
const struct command cmd_unpause = PAUSE("unpause", "Let paused services go on", "web",
					 "Let the processes of web go on", false);
