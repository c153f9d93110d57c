/* SPDX-License-Identifier: Apache-2.0 */
/* `up`: detached, or attached by cli/up_attached.h. */
#include "base/error.h"
#include "base/strvec.h"
#include "cli/unknown.h"
#include "cli/up_attached.h"
#include "cli/up_options.h"

struct up_options {
	struct up_common common;
	struct up_attached attached;
	bool detach, no_deps, no_start, wait;
	int64_t wait_timeout_ns;
};

static const struct option_spec up_options[] = {
	OPTION(BOOL, "abort-on-container-exit", 0, up_options, attached.abort_on_exit,
	       "Stop everything when a container ends"),
	OPTION(BOOL, "abort-on-container-failure", 0, up_options, attached.abort_on_failure,
	       "Stop everything when a container fails"),
	OPTION(BOOL, "always-recreate-deps", 0, up_options, common.always_recreate_deps,
	       "Recreate dependencies as well, with --force-recreate"),
	OPTION(LIST, "attach", 0, up_options, attached.attach,
	       "Show only the output of this service", .value = "SERVICE"),
	OPTION(BOOL, "attach-dependencies", 0, up_options, attached.attach_dependencies,
	       "Show the output of dependencies as well"),
	OPTION(BOOL, "build", 0, up_options, common.build,
	       "Build images before containers are made of them"),
	OPTION(BOOL, "detach", 'd', up_options, detach,
	       "Start in the background, and show no output"),
	OPTION(STRING, "exit-code-from", 0, up_options, attached.exit_code_from,
	       "End when a container ends, with the exit code of this service", .value = "SERVICE"),
	OPTION(BOOL, "force-recreate", 0, up_options, common.force_recreate,
	       "Recreate containers even if nothing has changed"),
	OPTION(TRISTATE, "menu", 0, up_options, attached.menu,
	       "Offer keys to detach and to watch, on a terminal", .fallback = "true"),
	OPTION(LIST, "no-attach", 0, up_options, attached.no_attach,
	       "Do not show the output of this service", .value = "SERVICE"),
	OPTION(BOOL, "no-build", 0, up_options, common.no_build,
	       "Do not build an image, even if it is missing"),
	OPTION(BOOL, "no-color", 0, up_options, attached.no_colour, "Show prefixes without colour"),
	OPTION(BOOL, "no-deps", 0, up_options, no_deps,
	       "Do not start the services that this one depends on"),
	OPTION(BOOL, "no-log-prefix", 0, up_options, attached.no_prefix, "Show no prefixes"),
	OPTION(BOOL, "no-recreate", 0, up_options, common.no_recreate,
	       "Keep existing containers as they are"),
	OPTION(BOOL, "no-start", 0, up_options, no_start,
	       "Create containers, but do not start them"),
	OPTION(STRING, "pull", 0, up_options, common.pull, "When to pull images", .value = "POLICY",
	       .words = "always missing never",
	       .fallback = "missing, or pull_policy of the service"),
	OPTION(BOOL, "quiet-build", 0, up_options, common.quiet_build,
	       "Show no progress of builds"),
	OPTION(BOOL, "quiet-pull", 0, up_options, common.quiet_pull, "Show no progress of pulls"),
	OPTION(TRISTATE, "remove-orphans", 0, up_options, common.remove_orphans,
	       "Remove containers of services that the compose file lacks"),
	OPTION(BOOL, "renew-anon-volumes", 'V', up_options, common.renew_anon_volumes,
	       "Give recreated containers new anonymous volumes"),
	OPTION(SCALE, "scale", 0, up_options, common.scales,
	       "Have so many containers of a service"),
	OPTION(SECONDS, "timeout", 't', up_options, attached.timeout_ns,
	       "Wait so long before killing what is stopped",
	       .fallback = "10, or stop_grace_period"),
	OPTION(BOOL, "timestamps", 0, up_options, attached.timestamps,
	       "Show the time of each line"),
	OPTION(BOOL, "wait", 0, up_options, wait,
	       "Wait until services run or are healthy, then go to the background"),
	OPTION(SECONDS, "wait-timeout", 0, up_options, wait_timeout_ns,
	       "Wait at most so long for that", .fallback = "no limit"),
	OPTION(BOOL, "watch", 'w', up_options, attached.watch,
	       "Update containers whenever files change"),
	OPTION(BOOL, "yes", 'y', up_options, common.yes, "Answer yes to every question"),
	{0},
};

static int up_check(const void *data, struct error *err)
{
	const struct up_options *options = data;
	const struct up_attached *attached = &options->attached;
	bool aborts = attached->abort_on_exit || attached->abort_on_failure;

	if (up_common_check(&options->common, err) < 0)
		return -1;
	if (attached->abort_on_exit && attached->abort_on_failure)
		return error_set(err, ERROR_INVALID,
				 "--abort-on-container-exit and --abort-on-container-failure are "
				 "incompatible");
	if (attached->attach.count > 0 && attached->attach_dependencies)
		return error_set(err, ERROR_INVALID,
				 "--attach and --attach-dependencies are incompatible");
	if ((options->detach || options->wait) &&
	    (aborts || attached->exit_code_from || attached->attach.count > 0 ||
	     attached->attach_dependencies || attached->watch))
		return error_set(err, ERROR_INVALID,
				 "%s cannot be combined with --abort-on-container-exit, "
				 "--abort-on-container-failure, --exit-code-from, --attach, "
				 "--attach-dependencies or --watch",
				 options->wait ? "--wait" : "--detach");
	if (options->common.no_build && attached->watch)
		return error_set(err, ERROR_INVALID, "--no-build and --watch are incompatible");
	return 0;
}

/* Services that options name must exist before anything is started. */
static int check_names(const struct invocation *invocation, const struct up_attached *attached,
		       struct error *err)
{
	const struct strvec *lists[] = {&attached->attach, &attached->no_attach};
	const char *from = attached->exit_code_from;

	if (from && !project_find_service(invocation->project, from))
		return unknown_service(invocation->project, from, err);
	for (size_t i = 0; i < 2; i++)
		strvec_each (name, lists[i])
			if (!project_find_service(invocation->project, *name))
				return unknown_service(invocation->project, *name, err);
	return 0;
}

static int up_run(struct invocation *invocation, struct error *err)
{
	struct up_options *options = invocation->options;
	struct apply apply = invocation_apply(invocation);
	struct apply_up up = {
		.no_start = options->no_start,
		.no_deps = options->no_deps,
		.timeout_ns = options->attached.timeout_ns,
		.wait = options->wait,
		.wait_timeout_ns = options->wait_timeout_ns > 0 ? options->wait_timeout_ns : 0,
	};

	if (up_common_fill(invocation, &options->common, &up, err) < 0 ||
	    check_names(invocation, &options->attached, err) < 0)
		return -1;
	if (options->detach || options->wait || options->no_start || apply.dry_run)
		return apply_up(&apply, &up, err);
	invocation_uncatch(invocation);
	return up_attached_run(invocation, &options->attached, &up, err);
}

const struct command cmd_up = COMMAND(
	"up", "[SERVICE...]", "Create and start what the compose file says",
	EXAMPLE("-d --wait",
		"Start all services in the background and come back when they are healthy"),
	.needs = NEEDS_ROOT | NEEDS_ENGINE | NEEDS_MONITORS | NEEDS_FILE | NEEDS_LOCK |
		 SERVICE_ARGUMENTS | HAS_DRY_RUN | FILE_BEHIND,
	.most = ANY_NUMBER, COMMAND_OPTIONS(up_options, up_options), .check = up_check,
	.goes_on = "'coracle up -d' goes on, 'coracle down' removes what is there", .run = up_run);
