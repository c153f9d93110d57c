/* SPDX-License-Identifier: Apache-2.0 */
/* `container exec`: a command in a container that is named; the rest is as in `exec`. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "cli/exec_options.h"
#include "cli/invocation.h"
#include "cli/table.h"

#include <unistd.h>

struct container_exec_options {
	bool detach, interactive, privileged, tty;
	struct strvec env;
	const char *user, *working_dir;
};

static const struct option_spec options_table[] = {
	OPTION(BOOL, "detach", 'd', container_exec_options, detach, "do not wait"),
	OPTION(LIST, "env", 'e', container_exec_options, env, "set a variable, or pass ours on",
	       .value = "NAME[=VALUE]"),
	OPTION(BOOL, "interactive", 'i', container_exec_options, interactive, "pass our input on"),
	OPTION(BOOL, "privileged", 0, container_exec_options, privileged, "with all capabilities"),
	OPTION(BOOL, "tty", 't', container_exec_options, tty, "a terminal"),
	OPTION(STRING, "user", 'u', container_exec_options, user, "run as this user",
	       .value = "USER[:GROUP]"),
	OPTION(STRING, "workdir", 'w', container_exec_options, working_dir, "directory to start in",
	       .value = "DIR"),
	{0},
};

/* As `docker exec`: no terminal and no input unless asked for. */
static int exec_run(struct invocation *invocation, struct error *err)
{
	const struct container_exec_options *options = invocation->options;
	struct tty_request request = {
		.no_tty = -1, .tty = options->tty, .interactive = options->interactive};
	bool has_input = options->interactive && !options->detach;
	struct container_exec exec = {
		.args = invocation->arguments + 1,
		.user = options->user,
		.working_dir = options->working_dir,
		.privileged = options->privileged,
		.detach = options->detach,
		.stdio_fds = {has_input ? STDIN_FILENO : -1, STDOUT_FILENO, STDERR_FILENO},
	};
	struct container container;

	if ((!options->detach && exec_choose_tty(&exec.terminal, &request, err) < 0) ||
	    container_find_healed(invocation->engine, invocation->arguments[0], &container,
				  invocation->arena, err) < 0)
		return -1;
	return exec_run_in(invocation, &container, &exec, &options->env);
}

const struct command cmd_container_exec =
	COMMAND("exec", "CONTAINER COMMAND [ARG...]", "run a command in a running container",
		.needs = FOR_OBJECTS | OPTIONS_FIRST_ONLY, .least = 2, .most = ANY_NUMBER,
		COMMAND_OPTIONS(container_exec_options, options_table), .run = exec_run);
