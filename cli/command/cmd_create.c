/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/up_options.h"

struct create_options {
	struct up_common common;
};

#define AT(member) offsetof(struct create_options, common.member)

static const struct option_spec create_options[] = {
	{"build", 0, OPTION_UNAVAILABLE, 0, "images cannot be built", NULL, false},
	{"force-recreate", 0, OPTION_BOOL, AT(force_recreate),
	 "recreate containers even if nothing changed", NULL, false},
	{"no-build", 0, OPTION_BOOL, AT(no_build), "do not build an image, even if it is missing",
	 NULL, false},
	{"no-recreate", 0, OPTION_BOOL, AT(no_recreate), "keep existing containers as they are",
	 NULL, false},
	{"pull", 0, OPTION_STRING, AT(pull), "when to pull: always, missing or never", "POLICY",
	 false},
	{"quiet-pull", 0, OPTION_BOOL, AT(quiet_pull), "pull without progress", NULL, false},
	{"remove-orphans", 0, OPTION_TRISTATE, AT(remove_orphans),
	 "remove containers of services that the compose file lacks", NULL, false},
	{"scale", 0, OPTION_SCALE, AT(scales), "number of replicas of a service", NULL, false},
	{"yes", 'y', OPTION_BOOL, AT(yes), "answer yes to every question", NULL, false},
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

const struct command cmd_create = {
	.name = "create",
	.usage = "[SERVICE...]",
	.help = "create containers without starting them",
	.needs = NEEDS_ROOT | NEEDS_ENGINE | NEEDS_FILE | NEEDS_LOCK | SERVICE_ARGUMENTS |
		 HAS_DRY_RUN,
	.most = ANY_NUMBER,
	.options_size = sizeof(struct create_options),
	.options = create_options,
	.check = create_check,
	.run = create_run,
};
