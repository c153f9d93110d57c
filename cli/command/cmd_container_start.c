/* SPDX-License-Identifier: Apache-2.0 */
/* `container start`, `stop`, `kill`, `rm` and `wait`: the life of containers that are named. */
#include "base/error.h"
#include "base/units.h"
#include "cli/invocation.h"
#include "cli/nouns.h"
#include "cli/output.h"
#include "cli/table.h"

static int find(struct invocation *invocation, const char *name, struct container *container,
		struct error *err)
{
	return container_find_healed(invocation->engine, name, container, invocation->arena, err);
}

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

const struct command cmd_container_rm =
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

const struct command cmd_container_start =
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

const struct command cmd_container_stop =
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

const struct command cmd_container_kill = NOUNS_VERB(
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

const struct command cmd_container_wait = COMMAND(
	"wait", "CONTAINER...", "wait until containers have ended and print their exit codes",
	.needs = FOR_OBJECTS | CHANGES_NOTHING, COMMAND_EACH(wait_one));
