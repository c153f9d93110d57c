/* SPDX-License-Identifier: Apache-2.0 */
/* `down`: the options of apply_down, and images with --rmi. */
#include "base/error.h"
#include "base/log.h"
#include "cli/invocation.h"

#include <string.h>

struct down_options {
	bool volumes;
	int remove_orphans;
	const char *rmi;
	int64_t timeout_ns;
};

static const struct option_spec down_options[] = {
	OPTION(TRISTATE, "remove-orphans", 0, down_options, remove_orphans,
	       "Remove containers of services that the compose file lacks"),
	OPTION(STRING, "rmi", 0, down_options, rmi,
	       "Remove images as well; local spares those that the file names", .value = "WHICH",
	       .words = "local all"),
	OPTION(SECONDS, "timeout", 't', down_options, timeout_ns, "Wait so long before killing",
	       .fallback = "10, or stop_grace_period"),
	OPTION(BOOL, "volumes", 'v', down_options, volumes,
	       "Remove volumes as well, named and anonymous ones"),
	{0},
};

static int down_check(const void *data, struct error *err)
{
	const struct down_options *options = data;

	if (options->rmi && strcmp(options->rmi, "local") != 0 && strcmp(options->rmi, "all") != 0)
		return error_set(err, ERROR_INVALID, "--rmi must be local or all, not '%s'",
				 options->rmi);
	return 0;
}

struct counter {
	struct progress *progress;
	size_t events;
};

static void count_event(const struct apply_event *event, void *data)
{
	struct counter *counter = data;

	counter->events++;
	progress_event(event, counter->progress);
}

/* Most likely the wrong directory or name. */
static void warn_nothing(const struct invocation *invocation, const struct apply *apply)
{
	if (!apply->services)
		log_warning("No resource found to remove for project \"%s\".",
			    invocation->project_name);
}

static int down_run(struct invocation *invocation, struct error *err)
{
	const struct down_options *options = invocation->options;
	struct apply apply = invocation_apply(invocation);
	struct counter counter = {.progress = invocation->progress};
	struct apply_down down = {
		.remove_orphans = options->remove_orphans == 1,
		.remove_volumes = options->volumes,
		.remove_local_images = options->rmi && strcmp(options->rmi, "local") == 0,
		.remove_all_images = options->rmi && strcmp(options->rmi, "all") == 0,
		.timeout_ns = options->timeout_ns,
	};

	if (options->remove_orphans < 0 && globals_flag(&down.remove_orphans, invocation->project,
							"COMPOSE_REMOVE_ORPHANS", err) < 0)
		return -1;
	apply.progress = count_event;
	apply.data = &counter;
	if (apply_down(&apply, &down, err) < 0)
		return -1;
	if (counter.events == 0)
		warn_nothing(invocation, &apply);
	return 0;
}

const struct command cmd_down = COMMAND(
	"down", "[SERVICE...]", "Stop and remove containers and networks",
	EXAMPLE("--volumes",
		"Remove the volumes of the project as well, and what is stored in them"),
	.needs = FOR_SERVICES | SERVICE_ARGUMENTS | NEEDS_LOCK | HAS_DRY_RUN, .most = ANY_NUMBER,
	COMMAND_OPTIONS(down_options, down_options), .check = down_check,
	.goes_on = "'coracle down' goes on, 'coracle up -d' starts them again", .run = down_run);
