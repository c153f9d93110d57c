/* SPDX-License-Identifier: Apache-2.0 */
/* `create`: what `up` does before anything starts. */
#include "cli/up_options.h"

struct create_options {
	struct up_common common;
};

static const struct option_spec create_options[] = {
	OPTION(BOOL, "build", 0, create_options, common.build,
	       "Build images before containers are made of them"),
	OPTION(BOOL, "force-recreate", 0, create_options, common.force_recreate,
	       "Recreate containers even if nothing has changed"),
	OPTION(BOOL, "no-build", 0, create_options, common.no_build,
	       "Do not build an image, even if it is missing"),
	OPTION(BOOL, "no-recreate", 0, create_options, common.no_recreate,
	       "Keep existing containers as they are"),
	OPTION(STRING, "pull", 0, create_options, common.pull, "When to pull images",
	       .value = "POLICY", .words = "always missing never",
	       .fallback = "missing, or pull_policy of the service"),
	OPTION(BOOL, "quiet-build", 0, create_options, common.quiet_build,
	       "Show no progress of builds"),
	OPTION(BOOL, "quiet-pull", 0, create_options, common.quiet_pull,
	       "Show no progress of pulls"),
	OPTION(TRISTATE, "remove-orphans", 0, create_options, common.remove_orphans,
	       "Remove containers of services that the compose file lacks"),
	OPTION(SCALE, "scale", 0, create_options, common.scales,
	       "Have so many containers of a service"),
	OPTION(BOOL, "yes", 'y', create_options, common.yes, "Answer yes to every question"),
	{0},
};

static int create_check(const void *data, struct error *err)
{
	return up_common_check(&((const struct create_options *)data)->common, err);
}

static int create_run(struct invocation *invocation, struct error *err)
{
	const struct create_options *options = invocation->options;
	struct apply apply = invocation_apply(invocation);
	struct apply_up up = {.no_start = true, .timeout_ns = -1};

	if (up_common_fill(invocation, &options->common, &up, err) < 0)
		return -1;
	return apply_up(&apply, &up, err);
}

const struct command cmd_create = COMMAND(
	"create", "[SERVICE...]", "Create containers without starting them",
	EXAMPLE("--build web", "Build the image of web and create its containers"),
	.needs = NEEDS_ROOT | NEEDS_ENGINE | NEEDS_MONITORS | NEEDS_FILE | NEEDS_LOCK |
		 SERVICE_ARGUMENTS | HAS_DRY_RUN,
	.most = ANY_NUMBER, COMMAND_OPTIONS(create_options, create_options), .check = create_check,
	.goes_on = "'coracle create' goes on, 'coracle down' removes what is there",
	.run = create_run);
