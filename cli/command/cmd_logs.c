/* SPDX-License-Identifier: Apache-2.0 */
/* `logs`: which containers and which lines; cli/log_print.h shows them. */
#include "base/error.h"
#include "base/units.h"
#include "cli/invocation.h"
#include "cli/log_show.h"
#include "engine/labels.h"
#include "engine/log_follow.h"

struct logs_options {
	bool follow, no_colour, no_prefix, timestamps;
	int index;
	const char *since, *until, *tail;
};

static const struct option_spec logs_options[] = {
	OPTION(BOOL, "follow", 'f', logs_options, follow, "Go on with what is printed later"),
	OPTION(INT, "index", 0, logs_options, index, "Show only the replica with this number",
	       .value = "N"),
	OPTION(BOOL, "no-color", 0, logs_options, no_colour, "Show prefixes without colour"),
	OPTION(BOOL, "no-log-prefix", 0, logs_options, no_prefix, "Show no prefixes"),
	OPTION(STRING, "since", 0, logs_options, since,
	       "Begin at this time: 2026-01-02T03:04:05Z or 10m", .value = "TIME"),
	OPTION(STRING, "until", 0, logs_options, until, "End at this time", .value = "TIME"),
	OPTION(STRING, "tail", 'n', logs_options, tail,
	       "Begin with so many last lines of each container", .value = "N", .fallback = "all"),
	OPTION(BOOL, "timestamps", 't', logs_options, timestamps, "Show the time of each line"),
	{0},
};

/* Also called while following, when containers may have come. */
static int add_containers(struct log_view *view, void *data, struct error *err)
{
	struct invocation *invocation = data;
	const struct logs_options *options = invocation->options;
	struct container_list list;

	if (invocation_list(invocation, invocation->arguments, false, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.count; i++) {
		if (options->index > 0 && labels_number(&list.items[i]) != options->index)
			continue;
		if (log_view_add(view, &list.items[i], LOG_VIEW_BOTH, err) < 0)
			return -1;
	}
	return 0;
}

static int show_logs(struct log_show *show, struct invocation *invocation, struct error *err)
{
	const struct logs_options *options = invocation->options;
	const struct log_follower follower = {
		.look = add_containers, .holds_created = true, .data = invocation};
	struct log_view *view = log_show_view(show);

	if (add_containers(view, invocation, err) < 0)
		return -1;
	if (options->index > 0 && !log_view_count(view) && !options->follow)
		return error_set(err, ERROR_NOT_FOUND,
				 "service \"%s\" is not running container #%d",
				 invocation->arguments[0], options->index);
	return log_show_run(show, options->follow ? &follower : NULL, err);
}

static int logs_run(struct invocation *invocation, struct error *err)
{
	const struct logs_options *options = invocation->options;
	struct log_show_options show_options = {
		.bounds.exits_since = units_now(),
		.no_prefix = options->no_prefix,
		.no_colour = options->no_colour,
		.timestamps = options->timestamps,
		.report_exits = options->follow,
		.all_to_stdout = true, /* logs of a service are searched with `logs web | grep` */
	};
	struct log_show *show;
	int result;

	if (options->index > 0 && invocation->argument_count != 1)
		return error_set(err, ERROR_INVALID, "--index needs exactly one service");
	if (log_show_parse_bounds(&show_options.bounds, options->since, options->until,
				  options->tail, err) < 0)
		return -1;
	show = log_show_new(invocation, &show_options);
	result = show_logs(show, invocation, err);
	log_show_free(show);
	return result;
}

const struct command cmd_logs =
	COMMAND("logs", "[SERVICE...]", "Show the output of services",
		EXAMPLE("-f --tail 20 web", "Show the last 20 lines of web and whatever follows"),
		.needs = FOR_SERVICES | SERVICE_ARGUMENTS | CHANGES_NOTHING, .most = ANY_NUMBER,
		COMMAND_OPTIONS(logs_options, logs_options), .run = logs_run);
