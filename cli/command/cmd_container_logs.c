/* SPDX-License-Identifier: Apache-2.0 */
/* `container logs`. */
#include "base/error.h"
#include "cli/invocation.h"
#include "cli/log_show.h"
#include "cli/table.h"
#include "describe/log_details.h"
#include "engine/log_follow.h"

struct container_logs_options {
	bool details, follow, timestamps;
	const char *since, *until, *tail;
};

static const struct option_spec logs_options[] = {
	OPTION(BOOL, "details", 0, container_logs_options, details,
	       "Show labels and variables that the log options name, before each line"),
	OPTION(BOOL, "follow", 'f', container_logs_options, follow,
	       "Go on with what is printed later"),
	OPTION(STRING, "since", 0, container_logs_options, since,
	       "Begin at this time: 2026-01-02T03:04:05Z or 10m", .value = "TIME"),
	OPTION(STRING, "tail", 'n', container_logs_options, tail, "Begin with so many last lines",
	       .value = "N", .fallback = "all"),
	OPTION(BOOL, "timestamps", 't', container_logs_options, timestamps,
	       "Show the time of each line"),
	OPTION(STRING, "until", 0, container_logs_options, until, "End at this time",
	       .value = "TIME"),
	{0},
};

static int logs_run(struct invocation *invocation, struct error *err)
{
	const struct container_logs_options *options = invocation->options;
	struct log_show_options show_options = {.no_prefix = true,
						.timestamps = options->timestamps};
	const struct log_follower follower = {0};
	struct container container;
	struct log_show *show;
	int result;

	if (log_show_parse_bounds(&show_options.bounds, options->since, options->until,
				  options->tail, err) < 0 ||
	    container_find_healed(invocation->engine, invocation->arguments[0], &container,
				  invocation->arena, err) < 0)
		return -1;
	if (options->details)
		show_options.details = log_details(&container, invocation->arena);
	show = log_show_new(invocation, &show_options);
	result = log_view_add(log_show_view(show), &container, LOG_VIEW_BOTH, err);
	if (result == 0)
		result = log_show_run(show, options->follow ? &follower : NULL, err);
	log_show_free(show);
	return result;
}

const struct command cmd_container_logs =
	COMMAND("logs", "CONTAINER", "Show the output of a container",
		EXAMPLE("-f --tail 20 web", "Show the last 20 lines of web and whatever follows"),
		.needs = FOR_OBJECTS | CHANGES_NOTHING, .least = 1, .most = 1,
		COMMAND_OPTIONS(container_logs_options, logs_options), .run = logs_run);
