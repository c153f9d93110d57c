/* SPDX-License-Identifier: Apache-2.0 */
/* `container`: the table of its verbs, and those that act on containers by name rather than by
 * service. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"
#include "cli/invocation.h"
#include "cli/log_show.h"
#include "cli/nouns.h"
#include "cli/output.h"
#include "cli/table.h"
#include "describe/filters.h"
#include "describe/objects.h"
#include "engine/engine.h"
#include "engine/log_follow.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int find(struct invocation *invocation, const char *name, struct container *container,
		struct error *err)
{
	return container_find_healed(invocation->engine, name, container, invocation->arena, err);
}

struct container_ls_options {
	struct nouns_ls_options ls; /* first: NOUNS_FILTER, NOUNS_FORMAT, NOUNS_QUIET */
	bool all, no_trunc;
};

static const struct option_spec ls_options[] = {
	OPTION(BOOL, "all", 'a', container_ls_options, all, "stopped ones too"),
	NOUNS_FILTER("label=NAME[=VALUE], name=TEXT, status=STATUS"),
	NOUNS_FORMAT,
	OPTION(BOOL, "no-trunc", 0, container_ls_options, no_trunc, "do not cut long texts"),
	NOUNS_QUIET("only ids"),
	{0},
};

static const struct format_column columns[] = {
	{"ID", "CONTAINER ID", false},	{"Image", "IMAGE", false},
	{"Command", "COMMAND", false},	{"RunningFor", "CREATED", false},
	{"Status", "STATUS", false},	{"Ports", "PORTS", false},
	{"Names", "NAMES", false},	{"CreatedAt", "CREATED AT", true},
	{"Labels", "LABELS", true},	{"Mounts", "MOUNTS", true},
	{"Networks", "NETWORKS", true}, {"State", "STATE", true},
	{"Health", "HEALTH", true},	{"ExitCode", "EXIT CODE", true},
	{"Name", "NAME", true},		{0},
};

static bool fits(const struct container_ls_options *options, const struct container *container)
{
	return filters_fit(container_filters, &options->ls.filters, container) &&
	       (options->all || filters_ask(&options->ls.filters, "status") ||
		container_is_live(container));
}

static int add_rows(struct invocation *invocation, json *rows, struct error *err)
{
	const struct container_ls_options *options = invocation->options;
	struct container *containers;
	size_t count;

	if (container_list(invocation->engine, NULL, &containers, &count, invocation->arena, err) <
	    0)
		return -1;
	for (size_t i = count; i-- > 0;) /* the newest first */
		if (fits(options, &containers[i]))
			json_add(rows, describe_container_row(&containers[i], options->no_trunc));
	return 0;
}

static const struct noun container_noun = {
	nouns_describe_container, add_rows, columns, "ID", container_filters, "psFormat",
};

static const struct command cmd_container_ls =
	NOUNS_LS(&container_noun, FOR_CONTAINERS, "list containers",
		 COMMAND_OPTIONS(container_ls_options, ls_options));

static const struct command cmd_container_inspect =
	NOUNS_INSPECT(&container_noun, "CONTAINER...", "show all about containers as JSON");

struct container_rm_options {
	bool force, volumes;
};

static const struct option_spec rm_options[] = {
	OPTION(BOOL, "force", 'f', container_rm_options, force, "kill running ones"),
	OPTION(BOOL, "volumes", 'v', container_rm_options, volumes, "remove anonymous volumes too"),
	{0},
};

static int remove_one(struct invocation *invocation, const char *name, struct error *err)
{
	const struct container_rm_options *options = invocation->options;
	unsigned flags = (options->force ? CONTAINER_REMOVE_FORCE : 0U) |
			 (options->volumes ? CONTAINER_REMOVE_VOLUMES : 0U);
	struct container container;

	if (find(invocation, name, &container, err) < 0 ||
	    container_remove(invocation->engine, container.id, flags, err) < 0)
		return -1;
	output_line(name);
	return 0;
}

static const struct command cmd_container_rm =
	NOUNS_VERB("rm", FOR_OBJECTS, "CONTAINER...", "remove containers", remove_one,
		   COMMAND_OPTIONS(container_rm_options, rm_options));

static int start_one(struct invocation *invocation, const char *name, struct error *err)
{
	struct container container;

	if (find(invocation, name, &container, err) < 0 ||
	    container_start(invocation->engine, container.id, err) < 0)
		return -1;
	output_line(name);
	return 0;
}

static const struct command cmd_container_start =
	NOUNS_VERB("start", FOR_OBJECTS, "CONTAINER...", "start containers", start_one);

struct container_stop_options {
	int64_t timeout_ns;
	const char *signal;
};

static const struct option_spec stop_options[] = {
	OPTION(STRING, "signal", 's', container_stop_options, signal, "signal to send first",
	       .value = "SIGNAL"),
	OPTION(SECONDS, "timeout", 't', container_stop_options, timeout_ns,
	       "how long to wait before killing"),
	OPTION(SECONDS, "time", 0, container_stop_options, timeout_ns, "as --timeout",
	       .is_hidden = true),
	{0},
};

static int stop_one(struct invocation *invocation, const char *name, struct error *err)
{
	const struct container_stop_options *options = invocation->options;
	int64_t timeout_ms = units_milliseconds(options->timeout_ns);
	struct container container;

	if (find(invocation, name, &container, err) < 0 ||
	    container_stop(invocation->engine, container.id, options->signal, timeout_ms, err) < 0)
		return -1;
	output_line(name);
	return 0;
}

static const struct command cmd_container_stop =
	NOUNS_VERB("stop", FOR_OBJECTS, "CONTAINER...", "stop containers", stop_one,
		   COMMAND_OPTIONS(container_stop_options, stop_options));

struct container_kill_options {
	const char *signal;
};

static const struct option_spec kill_options[] = {
	OPTION(STRING, "signal", 's', container_kill_options, signal, "signal to send (SIGKILL)",
	       .value = "SIGNAL"),
	{0},
};

static int kill_one(struct invocation *invocation, const char *name, struct error *err)
{
	const struct container_kill_options *options = invocation->options;
	const char *signal = options->signal ? options->signal : "KILL";
	struct container container;

	if (find(invocation, name, &container, err) < 0 ||
	    container_kill(invocation->engine, container.id, signal, err) < 0)
		return -1;
	output_line(name);
	return 0;
}

static const struct command cmd_container_kill = NOUNS_VERB(
	"kill", FOR_OBJECTS, "CONTAINER...", "send a signal to containers, SIGKILL by default",
	kill_one, COMMAND_OPTIONS(container_kill_options, kill_options));

static int wait_one(struct invocation *invocation, const char *name, struct error *err)
{
	struct container container;
	int code;

	if (find(invocation, name, &container, err) < 0)
		return -1;
	code = container_wait(invocation->engine, container.id, -1, err);
	if (code < 0)
		return -1;
	output_printf("%d\n", code);
	return output_finish(err);
}

static const struct command cmd_container_wait = COMMAND(
	"wait", "CONTAINER...", "wait until containers have ended and print their exit codes",
	.needs = FOR_OBJECTS | CHANGES_NOTHING, COMMAND_EACH(wait_one));

struct container_logs_options {
	bool follow, timestamps;
	const char *since, *until, *tail;
};

static const struct option_spec logs_options[] = {
	OPTION(BOOL, "follow", 'f', container_logs_options, follow, "go on with new output"),
	OPTION(STRING, "since", 0, container_logs_options, since,
	       "only what is newer: 2026-01-02T03:04:05Z or 10m", .value = "TIME"),
	OPTION(STRING, "tail", 'n', container_logs_options, tail, "number of last lines, or all",
	       .value = "N"),
	OPTION(BOOL, "timestamps", 't', container_logs_options, timestamps,
	       "show the time of each line"),
	OPTION(STRING, "until", 0, container_logs_options, until, "only what is older",
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
	    find(invocation, invocation->arguments[0], &container, err) < 0)
		return -1;
	show = log_show_new(invocation, &show_options);
	result = log_view_add(log_show_view(show), &container, LOG_VIEW_BOTH, err);
	if (result == 0)
		result = log_show_run(show, options->follow ? &follower : NULL, err);
	log_show_free(show);
	return result;
}

static const struct command cmd_container_logs =
	COMMAND("logs", "CONTAINER", "show the output of a container",
		.needs = FOR_OBJECTS | CHANGES_NOTHING, .least = 1, .most = 1,
		COMMAND_OPTIONS(container_logs_options, logs_options), .run = logs_run);

static const struct command_entry verbs[] = {
	{"commit", &cmd_container_commit}, {"cp", &cmd_container_cp},
	{"diff", &cmd_container_diff},	   {"exec", &cmd_container_exec},
	{"export", &cmd_container_export}, {"inspect", &cmd_container_inspect},
	{"kill", &cmd_container_kill},	   {"logs", &cmd_container_logs},
	{"ls", &cmd_container_ls},	   {"prune", &cmd_container_prune},
	{"rm", &cmd_container_rm},	   {"start", &cmd_container_start},
	{"stats", &cmd_container_stats},   {"stop", &cmd_container_stop},
	{"wait", &cmd_container_wait},	   {0},
};

const struct command cmd_container =
	COMMAND("container", "COMMAND",
		"containers: ls, inspect, logs, exec, cp, diff, commit, export, start, stop, …",
		.needs = CHANGES_NOTHING, .verbs = verbs);
