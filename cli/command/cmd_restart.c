/* SPDX-License-Identifier: Apache-2.0 */
/* `restart`: stops and starts, dependents too where depends_on says so. */
#include "cli/invocation.h"

struct restart_options {
	bool no_deps;
	int64_t timeout_ns;
};

static const struct option_spec restart_options[] = {
	OPTION(BOOL, "no-deps", 0, restart_options, no_deps,
	       "Do not restart services that depend on these"),
	OPTION(SECONDS, "timeout", 't', restart_options, timeout_ns, "Wait so long before killing",
	       .fallback = "10, or stop_grace_period"),
	{0},
};

static int restart_run(struct invocation *invocation, struct error *err)
{
	const struct restart_options *options = invocation->options;
	struct apply apply = invocation_apply(invocation);

	return apply_restart(&apply, options->no_deps, options->timeout_ns, err);
}

const struct command cmd_restart = COMMAND(
	"restart", "[SERVICE...]", "Restart the containers of services",
	EXAMPLE("-t 5 web", "Restart web, and kill it if it has not stopped after five seconds"),
	.needs = FOR_SERVICES | SERVICE_ARGUMENTS | NEEDS_LOCK | HAS_DRY_RUN, .most = ANY_NUMBER,
	COMMAND_OPTIONS(restart_options, restart_options),
	.goes_on = "'coracle compose restart' begins again", .run = restart_run);
