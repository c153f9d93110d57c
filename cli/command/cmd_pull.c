/* SPDX-License-Identifier: Apache-2.0 */
/* `pull`: the images of services, or those that are named where there is no compose file. */
#include "base/error.h"
#include "cli/command/cmd_image.h"
#include "cli/invocation.h"

#include <string.h>

struct pull_options {
	bool ignore_buildable, ignore_pull_failures, include_deps, quiet, parallel, no_parallel;
	const char *policy;
};

static const struct option_spec pull_options[] = {
	OPTION(BOOL, "ignore-buildable", 0, pull_options, ignore_buildable,
	       "Leave out images that can be built"),
	OPTION(BOOL, "ignore-pull-failures", 0, pull_options, ignore_pull_failures,
	       "Pull what can be pulled, and ignore what cannot"),
	OPTION(BOOL, "include-deps", 0, pull_options, include_deps,
	       "Include the services that these depend on"),
	OPTION(BOOL, "no-parallel", 0, pull_options, no_parallel, "Has no effect",
	       .is_hidden = true),
	OPTION(BOOL, "parallel", 0, pull_options, parallel, "Has no effect", .is_hidden = true),
	OPTION(STRING, "policy", 0, pull_options, policy, "When to pull images", .value = "POLICY",
	       .words = "missing always", .fallback = "pull_policy of the service"),
	OPTION(BOOL, "quiet", 'q', pull_options, quiet, "Show no progress"),
	{0},
};

static int pull_check(const void *data, struct error *err)
{
	const struct pull_options *options = data;

	if (options->policy && strcmp(options->policy, "always") != 0 &&
	    strcmp(options->policy, "missing") != 0)
		return error_set(err, ERROR_INVALID, "--policy must be missing or always, not '%s'",
				 options->policy);
	return 0;
}

/* Without a compose file the arguments are images. */
static int pull_run(struct invocation *invocation, struct error *err)
{
	const struct pull_options *options = invocation->options;
	struct apply apply = invocation_apply(invocation);
	struct apply_pull pull = {
		.policy = options->policy,
		.ignore_buildable = options->ignore_buildable,
		.ignore_failures = options->ignore_pull_failures,
		.include_deps = options->include_deps,
		.quiet = options->quiet,
	};

	if (invocation->project)
		return apply_pull(&apply, &pull, err);
	if (invocation->argument_count == 0)
		return error_set(err, ERROR_NOT_FOUND,
				 "there is no compose file here or above: name one with -f, or "
				 "images to pull");
	if (apply.dry_run)
		return error_set(err, ERROR_UNSUPPORTED, "pulling single images has no --dry-run");
	return cmd_image_pull_all(invocation, options->quiet, options->policy);
}

const struct command cmd_pull = COMMAND(
	"pull", "[SERVICE...]", "Download the images of services",
	EXAMPLE("--ignore-buildable", "Download all images but those that a Dockerfile makes"),
	.needs = NEEDS_ROOT | NEEDS_ENGINE | NEEDS_FILE | TAKES_PROJECT | SERVICE_ARGUMENTS |
		 HAS_DRY_RUN,
	.most = ANY_NUMBER, COMMAND_OPTIONS(pull_options, pull_options), .check = pull_check,
	.goes_on = "'coracle compose pull' goes on from there", .run = pull_run);
