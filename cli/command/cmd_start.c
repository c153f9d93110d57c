/* SPDX-License-Identifier: Apache-2.0 */
/* `start`: containers that exist, in the order of their dependencies. */
#include "base/error.h"
#include "cli/invocation.h"
#include "cli/labelled_project.h"

struct start_options {
	bool wait;
	int64_t wait_timeout_ns;
};

static const struct option_spec start_options[] = {
	OPTION(BOOL, "wait", 0, start_options, wait,
	       "Wait until services run, or are healthy if they have a check"),
	OPTION(SECONDS, "wait-timeout", 0, start_options, wait_timeout_ns,
	       "Wait at most so long for that", .fallback = "no limit"),
	{0},
};

static int start_run(struct invocation *invocation, struct error *err)
{
	const struct start_options *options = invocation->options;
	struct apply apply = invocation_apply(invocation);
	struct project project = {0};
	int64_t limit_ns = options->wait_timeout_ns > 0 ? options->wait_timeout_ns : 0;

	if (!apply.project) {
		if (labelled_project_load(invocation, &apply.services, &project, err) < 0)
			return -1;
		apply.project = &project;
	}
	return apply_start(&apply, options->wait, limit_ns, err);
}

const struct command cmd_start = COMMAND(
	"start", "[SERVICE...]", "Start existing containers of services",
	EXAMPLE("--wait db", "Start db and come back when it is healthy"),
	.needs = NEEDS_ROOT | NEEDS_ENGINE | NEEDS_MONITORS | NEEDS_PROJECT | NEEDS_LOCK |
		 SERVICE_ARGUMENTS | HAS_DRY_RUN,
	.most = ANY_NUMBER, COMMAND_OPTIONS(start_options, start_options),
	.goes_on = "'coracle compose start' goes on, 'coracle compose stop' stops what runs",
	.run = start_run);
