/* SPDX-License-Identifier: Apache-2.0 */
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

#define AT(member) offsetof(struct exec_options, member)

static const struct option_spec exec_options[] = {
	{"detach", 'd', OPTION_BOOL, AT(detach), "do not wait", NULL, false},
	{"env", 'e', OPTION_LIST, AT(env), "set a variable, or pass ours on", "NAME[=VALUE]",
	 false},
	{"index", 0, OPTION_INT, AT(index), "the replica", "N", false},
	{"no-tty", 'T', OPTION_TRISTATE, AT(tty.no_tty), "no terminal", NULL, false},
	{"privileged", 0, OPTION_BOOL, AT(privileged), "with all capabilities", NULL, false},
	{"user", 'u', OPTION_STRING, AT(user), "run as this user", "USER[:GROUP]", false},
	{"workdir", 'w', OPTION_STRING, AT(working_dir), "directory to start in", "DIR", false},
	{"interactive", 'i', OPTION_TRISTATE, AT(tty.interactive), "pass our input on", NULL, true},
	{"tty", 't', OPTION_TRISTATE, AT(tty.tty), "a terminal", NULL, true},
	{0},
};

static int exec_run(struct invocation *invocation, struct error *err)
{
	const struct exec_options *options = invocation->options;
	struct container_choice choice = {invocation->arguments[0], options->index, true};
	auto_strvec struct strvec env = {0};
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
	struct error exec_err = {0};
	int code;

	if (!options->detach && exec_choose_tty(&exec.terminal, &options->tty, err) < 0)
		return -1;
	if (invocation_choose(invocation, &choice, &container, err) < 0)
		return -1;
	exec_fill_env(&env, &options->env);
	exec.env = env.items;
	code = container_exec(invocation->engine, container.id, &exec, &exec_err);
	if (exec_err.text[0] && code != 0)
		invocation_error(invocation->globals, &exec_err);
	return code < 0 ? 1 : code;
}

const struct command cmd_exec = {
	.name = "exec",
	.usage = "SERVICE COMMAND [ARG...]",
	.help = "run a command in a running container",
	.needs = NEEDS_ROOT | NEEDS_ENGINE | NEEDS_PROJECT | ALL_PROFILES | SERVICE_FIRST,
	.least = 2,
	.most = ANY_NUMBER,
	.options_size = sizeof(struct exec_options),
	.options = exec_options,
	.run = exec_run,
};
