/* SPDX-License-Identifier: Apache-2.0 */
/* `container exec`: a command in a container that is named; the rest is as in `exec`. */
#include "base/error.h"
#include "cli/exec_options.h"
#include "cli/invocation.h"
#include "cli/request/request.h"
#include "cli/table.h"

struct container_exec_options {
	struct exec_common common; /* first: EXEC_DETACH, … */
	bool interactive, tty;
	struct strvec env_files;
};

static const struct option_spec options_table[] = {
	EXEC_DETACH,
	EXEC_DETACH_KEYS,
	EXEC_ENV,
	OPTION(LIST, "env-file", 0, container_exec_options, env_files,
	       "Set the variables of a file", .value = "FILE"),
	OPTION(BOOL, "interactive", 'i', container_exec_options, interactive,
	       "Pass input on, also when it is no terminal"),
	EXEC_PRIVILEGED,
	OPTION(BOOL, "tty", 't', container_exec_options, tty, "Give it a terminal"),
	EXEC_USER,
	EXEC_WORKDIR,
	{0},
};

/* As `docker exec`: no terminal and no input unless asked for. */
static int exec_run(struct invocation *invocation, struct error *err)
{
	const struct container_exec_options *options = invocation->options;
	struct tty_request request = {
		.no_tty = -1, .tty = options->tty, .interactive = options->interactive};
	auto_strvec struct strvec env = {0};
	struct exec_way way = {
		.has_input = options->interactive && !options->common.detach,
		.env = &env,
	};
	struct container container;

	if ((!options->common.detach && exec_choose_tty(&way.has_terminal, &request, err) < 0) ||
	    request_env_files(&env, &options->env_files, err) < 0 ||
	    container_find_healed(invocation->engine, invocation->arguments[0], &container,
				  invocation->arena, err) < 0)
		return -1;
	return exec_run_in(invocation, &container, &way, err);
}

const struct command cmd_container_exec =
	COMMAND("exec", "CONTAINER COMMAND [ARG...]", "Run a command in a running container",
		EXAMPLE("-it web sh", "Open a shell in web"),
		.needs = FOR_OBJECTS | OPTIONS_FIRST_ONLY, .least = 2, .most = ANY_NUMBER,
		COMMAND_OPTIONS(container_exec_options, options_table), .run = exec_run);
