/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "cli/invocation.h"

struct start_options {
	bool wait;
	int64_t wait_timeout_ns;
};

static const struct option_spec start_options[] = {
	{"wait", 0, OPTION_BOOL, offsetof(struct start_options, wait),
	 "wait until services are running or healthy", NULL, false},
	{"wait-timeout", 0, OPTION_SECONDS, offsetof(struct start_options, wait_timeout_ns),
	 "how long to wait for that", NULL, false},
	{0},
};

static int start_run(struct invocation *invocation, struct error *err)
{
	const struct start_options *options = invocation->options;
	struct apply apply = invocation_apply(invocation);
	int64_t limit_ns = options->wait_timeout_ns > 0 ? options->wait_timeout_ns : 0;

	return apply_start(&apply, options->wait, limit_ns, err);
}

const struct command cmd_start = {
	.name = "start",
	.usage = "[SERVICE...]",
	.help = "start existing containers of services",
	.needs = NEEDS_ROOT | NEEDS_ENGINE | NEEDS_PROJECT | NEEDS_LOCK | SERVICE_ARGUMENTS |
		 HAS_DRY_RUN,
	.most = ANY_NUMBER,
	.options_size = sizeof(struct start_options),
	.options = start_options,
	.run = start_run,
};
