/* SPDX-License-Identifier: Apache-2.0 */
/* `scale`: `up` with other numbers of replicas. */
#include "base/arena.h"
#include "base/error.h"
#include "cli/invocation.h"

#include <string.h>

struct scale_options {
	bool no_deps;
};

static const struct option_spec scale_options[] = {
	OPTION(BOOL, "no-deps", 0, scale_options, no_deps,
	       "Do not start the services that this one depends on"),
	{0},
};

static int scale_run(struct invocation *invocation, struct error *err)
{
	const struct scale_options *options = invocation->options;
	struct apply apply = invocation_apply(invocation);
	struct apply_up up = {.no_deps = options->no_deps, .timeout_ns = -1, .no_build = true};
	struct strvec rows = {invocation->arguments, invocation->argument_count};
	char **services =
		arena_array(invocation->arena, invocation->argument_count + 1, sizeof(char *));

	for (size_t i = 0; i < rows.count; i++) {
		const char *equals = strchr(rows.items[i], '=');

		if (!equals || equals == rows.items[i])
			return error_set(err, ERROR_INVALID, "'%s' must be SERVICE=NUMBER",
					 rows.items[i]);
		services[i] = arena_string_n(invocation->arena, rows.items[i],
					     (size_t)(equals - rows.items[i]));
	}
	if (invocation_scales(invocation, &rows, &up.scales, err) < 0)
		return -1;
	up.scale_count = rows.count;
	apply.services = services;
	return apply_up(&apply, &up, err);
}

const struct command cmd_scale =
	COMMAND("scale", "SERVICE=REPLICAS...", "Set how many containers services have",
		EXAMPLE("web=3 worker=2", "Have three containers of web and two of worker"),
		.needs = NEEDS_ROOT | NEEDS_ENGINE | NEEDS_MONITORS | NEEDS_FILE | NEEDS_LOCK |
			 HAS_DRY_RUN | SERVICE_NUMBERS,
		.least = 1, .most = ANY_NUMBER, COMMAND_OPTIONS(scale_options, scale_options),
		.goes_on = "'coracle scale' goes on", .run = scale_run);
