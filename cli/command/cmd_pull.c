/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "cli/command/cmd_image.h"
#include "cli/invocation.h"

#include <string.h>

struct pull_options {
	bool ignore_buildable, ignore_pull_failures, include_deps, quiet, parallel, no_parallel;
	const char *policy;
};

#define AT(member) offsetof(struct pull_options, member)

static const struct option_spec pull_options[] = {
	{"ignore-buildable", 0, OPTION_BOOL, AT(ignore_buildable), "leave out what can be built",
	 NULL, false},
	{"ignore-pull-failures", 0, OPTION_BOOL, AT(ignore_pull_failures),
	 "succeed with what can be pulled", NULL, false},
	{"include-deps", 0, OPTION_BOOL, AT(include_deps),
	 "images of the services that these depend on too", NULL, false},
	{"no-parallel", 0, OPTION_BOOL, AT(no_parallel), "has no effect", NULL, true},
	{"parallel", 0, OPTION_BOOL, AT(parallel), "has no effect", NULL, true},
	{"policy", 0, OPTION_STRING, AT(policy), "missing or always, instead of pull_policy",
	 "POLICY", false},
	{"quiet", 'q', OPTION_BOOL, AT(quiet), "no progress", NULL, false},
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

const struct command cmd_pull = {
	.name = "pull",
	.usage = "[SERVICE...]",
	.help = "download the images of services; without a compose file: the named images",
	.needs = NEEDS_ROOT | NEEDS_ENGINE | NEEDS_FILE | TAKES_PROJECT | SERVICE_ARGUMENTS |
		 HAS_DRY_RUN,
	.most = ANY_NUMBER,
	.options_size = sizeof(struct pull_options),
	.options = pull_options,
	.check = pull_check,
	.run = pull_run,
};
