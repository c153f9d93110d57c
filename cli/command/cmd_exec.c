/* SPDX-License-Identifier: Apache-2.0 */
/* `exec`: finds the replica; engine/container.h joins it. The exit code is the command's. */
#include "base/error.h"
#include "cli/exec_options.h"
#include "cli/invocation.h"

struct exec_options {
	struct exec_common common; /* first: EXEC_DETACH, … */
	int index;
	struct tty_request tty;
};

static const struct option_spec exec_options[] = {
	EXEC_DETACH,
	EXEC_DETACH_KEYS,
	EXEC_ENV,
	OPTION(INT, "index", 0, exec_options, index, "Choose the replica with this number",
	       .value = "N", .fallback = "the first"),
	OPTION(TRISTATE, "no-tty", 'T', exec_options, tty.no_tty, "Do without a terminal",
	       .fallback = "true, unless input and output are one"),
	EXEC_PRIVILEGED,
	EXEC_USER,
	EXEC_WORKDIR,
	OPTION(TRISTATE, "interactive", 'i', exec_options, tty.interactive,
	       "Pass input on, also when it is no terminal", .is_hidden = true),
	OPTION(TRISTATE, "tty", 't', exec_options, tty.tty, "Give it a terminal",
	       .is_hidden = true),
	{0},
};

static int exec_run(struct invocation *invocation, struct error *err)
{
	const struct exec_options *options = invocation->options;
	struct container_choice choice = {invocation->arguments[0], options->index, true};
	struct exec_way way = {
		.has_input = !options->common.detach && options->tty.interactive != 0,
	};
	struct container container;

	if (!options->common.detach && exec_choose_tty(&way.has_terminal, &options->tty, err) < 0)
		return -1;
	if (invocation_choose(invocation, &choice, &container, err) < 0)
		return -1;
	return exec_run_in(invocation, &container, &way, err);
}

const struct command cmd_exec = COMMAND(
	"exec", "SERVICE COMMAND [ARG...]", "Run a command in a running container of a service",
	EXAMPLE("db psql -U postgres", "Talk to the database in the container of db"),
	.needs = FOR_SERVICES | SERVICE_FIRST, .least = 2, .most = ANY_NUMBER,
	COMMAND_OPTIONS(exec_options, exec_options), .run = exec_run);
