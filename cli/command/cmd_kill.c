/* SPDX-License-Identifier: Apache-2.0 */
/* `kill`: a signal to the services' containers. */
#include "base/error.h"
#include "cli/invocation.h"

struct kill_options {
	const char *signal;
	bool remove_orphans;
};

static const struct option_spec kill_options[] = {
	OPTION(STRING, "signal", 's', kill_options, signal, "Send this signal", .value = "SIGNAL",
	       .fallback = "SIGKILL"),
	OPTION(BOOL, "remove-orphans", 0, kill_options, remove_orphans,
	       "Remove containers of services that the compose file lacks"),
	{0},
};

static int kill_check(const void *data, struct error *err)
{
	const struct kill_options *options = data;

	if (options->signal && spec_signal(options->signal) < 0)
		return error_set(err, ERROR_INVALID, "there is no signal '%s'", options->signal);
	return 0;
}

static int kill_run(struct invocation *invocation, struct error *err)
{
	const struct kill_options *options = invocation->options;
	struct apply apply = invocation_apply(invocation);
	struct container_list list;
	size_t live = 0;

	if (invocation_list(invocation, apply.services, true, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.count; i++)
		live += container_is_live(&list.items[i]);
	if (live == 0 && !options->remove_orphans) {
		invocation_say(invocation, "No container to kill");
		return 0;
	}
	return apply_kill(&apply, options->signal ? options->signal : "SIGKILL",
			  options->remove_orphans, err);
}

/* No lock: it must not wait behind an `up` that waits itself. */
const struct command cmd_kill = COMMAND(
	"kill", "[SERVICE...]", "Kill running services, or send them another signal",
	EXAMPLE("-s SIGHUP web", "Tell the containers of web to read their configuration again"),
	.needs = FOR_SERVICES | SERVICE_ARGUMENTS | HAS_DRY_RUN, .most = ANY_NUMBER,
	COMMAND_OPTIONS(kill_options, kill_options), .check = kill_check, .run = kill_run);
