/* SPDX-License-Identifier: Apache-2.0 */
/* `container stop`, `restart` and `kill`: signals to containers that are named, all at once. */
#include "base/error.h"
#include "base/units.h"
#include "cli/container_tasks.h"
#include "cli/invocation.h"
#include "cli/table.h"

struct container_stop_options {
	int64_t timeout_ns;
	const char *signal;
};

static const struct option_spec stop_options[] = {
	OPTION(STRING, "signal", 's', container_stop_options, signal, "Send this signal first",
	       .value = "SIGNAL", .fallback = "the container's, else SIGTERM"),
	OPTION(SECONDS, "timeout", 't', container_stop_options, timeout_ns,
	       "Wait so long before killing", .fallback = "10, or --stop-timeout of run"),
	OPTION(SECONDS, "time", 0, container_stop_options, timeout_ns, "As --timeout",
	       .is_hidden = true),
	{0},
};

static int begin_stop(struct invocation *invocation, const struct container *container,
		      struct container_task *task, struct error *err)
{
	const struct container_stop_options *options = invocation->options;

	return container_stop_begin(invocation->engine, container->id, options->signal,
				    units_milliseconds(options->timeout_ns), task, err);
}

static int begin_restart(struct invocation *invocation, const struct container *container,
			 struct container_task *task, struct error *err)
{
	const struct container_stop_options *options = invocation->options;

	return container_restart_begin(invocation->engine, container->id, options->signal,
				       units_milliseconds(options->timeout_ns), task, err);
}

struct container_kill_options {
	const char *signal;
};

static const struct option_spec kill_options[] = {
	OPTION(STRING, "signal", 's', container_kill_options, signal, "Send this signal",
	       .value = "SIGNAL", .fallback = "SIGKILL"),
	{0},
};

static int begin_kill(struct invocation *invocation, const struct container *container,
		      struct container_task *task, struct error *err)
{
	const struct container_kill_options *options = invocation->options;

	if (container_kill_begin(invocation->engine, container->id, options->signal, task, err) ==
	    0)
		return 0;
	if (err->fact == FACT_KILL_STOPPED)
		error_state(err, err->fact, container->id, container->name);
	return error_wrap(err, "cannot kill container: %s", container->name);
}

#define TASKS(word, text, typed, effect, tag, rows, begin, end, ...)                               \
	COMMAND(word, "CONTAINER...", text, EXAMPLE(typed, effect), .needs = FOR_OBJECTS,          \
		.least = 1, .most = ANY_NUMBER, COMMAND_OPTIONS(tag, rows),                        \
		.run = container_tasks_run, .data = &(const struct container_tasks){begin, end},   \
		##__VA_ARGS__)

const struct command cmd_container_stop =
	TASKS("stop", "Stop containers", "-t 30 web", "Give web thirty seconds before it is killed",
	      container_stop_options, stop_options, begin_stop, "stopped",
	      .goes_on = "'coracle container stop' waits for it, 'coracle container start' starts "
			 "them again");
const struct command cmd_container_restart =
	TASKS("restart", "Restart containers", "-t 5 web",
	      "Restart web, and kill it if it has not stopped after five seconds",
	      container_stop_options, stop_options, begin_restart, "restarted",
	      .goes_on = "'coracle container restart' begins again");
const struct command cmd_container_kill =
	TASKS("kill", "Kill containers, or send them another signal", "-s SIGHUP web",
	      "Tell web to read its configuration again", container_kill_options, kill_options,
	      begin_kill, "killed");
