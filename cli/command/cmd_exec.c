/* SPDX-License-Identifier: Apache-2.0 */
/* `exec`: finds the replica; engine/container.h joins it. The exit code is the command's. */
#include "base/error.h"
#include "base/strvec.h"
#include "cli/exec_options.h"
#include "cli/invocation.h"

#include <unistd.h>

struct exec_options {
	bool detach, privileged;
	int index;
	struct tty_request tty;
	struct strvec env;
	const char *user, *working_dir;
};

static const struct option_spec exec_options[] = {
	OPTION(BOOL, "detach", 'd', exec_options, detach, "do not wait"),
	OPTION(LIST, "env", 'e', exec_options, env, "set a variable, or pass ours on",
	       .value = "NAME[=VALUE]"),
	OPTION(INT, "index", 0, exec_options, index, "the replica", .value = "N"),
	OPTION(TRISTATE, "no-tty", 'T', exec_options, tty.no_tty, "no terminal"),
	OPTION(BOOL, "privileged", 0, exec_options, privileged, "with all capabilities"),
	OPTION(STRING, "user", 'u', exec_options, user, "run as this user",
	       .value = "USER[:GROUP]"),
	OPTION(STRING, "workdir", 'w', exec_options, working_dir, "directory to start in",
	       .value = "DIR"),
	OPTION(TRISTATE, "interactive", 'i', exec_options, tty.interactive, "pass our input on",
	       .is_hidden = true),
	OPTION(TRISTATE, "tty", 't', exec_options, tty.tty, "a terminal", .is_hidden = true),
	{0},
};

static int exec_run(struct invocation *invocation, struct error *err)
{
	const struct exec_options *options = invocation->options;
	struct container_choice choice = {invocation->arguments[0], options->index, true};
	struct container_exec exec = {
		.args = invocation->arguments + 1,
		.user = options->user,
		.working_dir = options->working_dir,
		.privileged = options->privileged,
		.detach = options->detach,
		.stdio_fds = {options->detach || options->tty.interactive == 0 ? -1 : STDIN_FILENO,
			      STDOUT_FILENO, STDERR_FILENO},
	};
	struct container container;

	if (!options->detach && exec_choose_tty(&exec.terminal, &options->tty, err) < 0)
		return -1;
	if (invocation_choose(invocation, &choice, &container, err) < 0)
		return -1;
	return exec_run_in(invocation, &container, &exec, &options->env);
}

const struct command cmd_exec =
	COMMAND("exec", "SERVICE COMMAND [ARG...]", "run a command in a running container",
		.needs = FOR_SERVICES | SERVICE_FIRST, .least = 2, .most = ANY_NUMBER,
		COMMAND_OPTIONS(exec_options, exec_options), .run = exec_run);
