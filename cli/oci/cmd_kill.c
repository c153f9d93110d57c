/* SPDX-License-Identifier: Apache-2.0 */
/* `oci kill`: a signal for a container. */
#include "cli/oci/oci_table.h"
#include "cli/oci/oci_words.h"
#include "oci/kill.h"

struct kill_options {
	bool all;
};

static const struct option_spec options_table[] = {
	OPTION(BOOL, "all", 'a', kill_options, all,
	       "Signal every process, not the first one alone"),
	{0},
};

static int kill_run(struct invocation *invocation, struct error *err)
{
	const struct kill_options *options = invocation->options;
	const char *name = invocation->argument_count > 1 ? invocation->arguments[1] : "TERM";
	int number;

	if (oci_signal(&number, name, err) < 0)
		return -1;
	return oci_kill(invocation->globals->oci_root, invocation->arguments[0], number,
			options->all, err);
}

const struct command cmd_oci_kill =
	COMMAND("kill", "CONTAINER [SIGNAL]", "Send a signal, TERM or the one that is named",
		EXAMPLE("web KILL", "End web at once"), .needs = NEEDS_ROOT, .least = 1, .most = 2,
		COMMAND_OPTIONS(kill_options, options_table), .run = kill_run);
