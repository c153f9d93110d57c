/* SPDX-License-Identifier: Apache-2.0 */
/* `stop`: in the opposite order, with a grace period. */
#include "cli/invocation.h"

struct stop_options {
	int64_t timeout_ns;
};

static const struct option_spec stop_options[] = {
	OPTION(SECONDS, "timeout", 't', stop_options, timeout_ns, "Wait so long before killing",
	       .fallback = "10, or stop_grace_period"),
	{0},
};

static int stop_run(struct invocation *invocation, struct error *err)
{
	const struct stop_options *options = invocation->options;
	struct apply apply = invocation_apply(invocation);

	return apply_stop(&apply, options->timeout_ns, err);
}

/* No lock: it must not wait behind an `up` that waits itself. */
const struct command cmd_stop = COMMAND(
	"stop", "[SERVICE...]", "Stop services without removing their containers",
	EXAMPLE("-t 30 web", "Give web thirty seconds before it is killed"),
	.needs = FOR_SERVICES | SERVICE_ARGUMENTS | HAS_DRY_RUN, .most = ANY_NUMBER,
	COMMAND_OPTIONS(stop_options, stop_options),
	.goes_on = "'coracle compose stop' goes on, 'coracle compose start' starts them again",
	.run = stop_run);
