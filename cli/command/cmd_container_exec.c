/* SPDX-License-Identifier: Apache-2.0 */
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

#define AT(member) offsetof(struct container_exec_options, member)

static const struct option_spec options_table[] = {
	{"detach", 'd', OPTION_BOOL, AT(detach), "do not wait", NULL, false},
	{"env", 'e', OPTION_LIST, AT(env), "set a variable, or pass ours on", "NAME[=VALUE]",
	 false},
	{"interactive", 'i', OPTION_BOOL, AT(interactive), "pass our input on", NULL, false},
	{"privileged", 0, OPTION_BOOL, AT(privileged), "with all capabilities", NULL, false},
	{"tty", 't', OPTION_BOOL, AT(tty), "a terminal", NULL, false},
	{"user", 'u', OPTION_STRING, AT(user), "run as this user", "USER[:GROUP]", false},
	{"workdir", 'w', OPTION_STRING, AT(working_dir), "directory to start in", "DIR", false},
	{0},
};

/* As `docker exec`: no terminal and no input unless asked for. */
static int exec_run(struct invocation *invocation, struct error *err)
{
	const struct container_exec_options *options = invocation->options;
	struct tty_request request = {
		.no_tty = -1, .tty = options->tty, .interactive = options->interactive};
	bool has_input = options->interactive && !options->detach;
	auto_strvec struct strvec env = {0};
	struct container_exec exec = {
		.args = invocation->arguments + 1,
		.user = options->user,
		.working_dir = options->working_dir,
		.privileged = options->privileged,
		.detach = options->detach,
		.stdio_fds = {has_input ? STDIN_FILENO : -1, STDOUT_FILENO, STDERR_FILENO},
	};
	struct container container;
	struct error exec_err = {0};
	int code;

	if ((!options->detach && exec_choose_tty(&exec.terminal, &request, err) < 0) ||
	    container_find(invocation->engine, invocation->arguments[0], &container,
			   invocation->arena, err) < 0)
		return -1;
	exec_fill_env(&env, &options->env);
	exec.env = env.items;
	code = container_exec(invocation->engine, container.id, &exec, &exec_err);
	if (exec_err.text[0] && code != 0)
		invocation_error(invocation->globals, &exec_err);
	return code < 0 ? 1 : code;
}

const struct command cmd_container_exec = {
	.name = "exec",
	.usage = "CONTAINER COMMAND [ARG...]",
	.help = "run a command in a running container",
	.needs = NEEDS_ROOT | NEEDS_ENGINE | OPTIONS_FIRST_ONLY,
	.least = 2,
	.most = ANY_NUMBER,
	.options_size = sizeof(struct container_exec_options),
	.options = options_table,
	.run = exec_run,
};
