/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/exec_options.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "engine/attach.h"
#include "registry/docker_config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int exec_choose_tty(bool *tty, const struct tty_request *request, struct error *err)
{
	bool has_input = output_is_terminal(STDIN_FILENO);
	bool is_wanted = request->tty == 1 || request->no_tty == 0;

	if (request->no_tty == 1 || (request->tty == 0 && request->no_tty != 0)) {
		*tty = false;
		return 0;
	}
	if (is_wanted && !has_input && request->interactive != 0)
		return error_set(err, ERROR_INVALID,
				 "cannot attach stdin to a TTY-enabled container because stdin is "
				 "not a terminal");
	*tty = is_wanted || (has_input && output_is_terminal(STDOUT_FILENO));
	return 0;
}

void exec_fill_env(struct strvec *env, const struct strvec *given, const struct project *project)
{
	strvec_each (item, given) {
		const char *value = strchr(*item, '=') ? NULL : globals_variable(project, *item);

		if (strchr(*item, '='))
			strvec_setenv(env, *item);
		else if (value)
			strvec_addf(env, "%s=%s", *item, value);
	}
}

int exec_detach_keys(struct invocation *invocation, const char **keys, const char *given,
		     struct error *err)
{
	auto_free char *setting = given && *given ? NULL : docker_config_text("detachKeys");

	*keys = given && *given ? given : arena_string(invocation->arena, setting);
	if (*keys && !**keys)
		*keys = NULL;
	return attach_check_keys(*keys, err);
}

int exec_run_in(struct invocation *invocation, const struct container *container,
		const struct exec_way *way, struct error *err)
{
	const struct exec_common *options = invocation->options;
	auto_strvec struct strvec env = {0};
	struct container_exec exec = {
		.args = invocation->arguments + 1,
		.user = options->user,
		.working_dir = options->working_dir,
		.privileged = options->privileged,
		.detach = options->detach,
		.terminal = way->has_terminal,
		.stdio_fds = {way->has_input ? STDIN_FILENO : -1, STDOUT_FILENO, STDERR_FILENO},
	};
	struct error reason = {0};
	int code;

	if (way->has_terminal &&
	    exec_detach_keys(invocation, &exec.detach_keys, options->detach_keys, err) < 0)
		return -1;
	if (way->env)
		strvec_add_all(&env, way->env->items);
	exec_fill_env(&env, &options->env, NULL);
	exec.env = env.items;
	code = container_exec(invocation->engine, container->id, &exec, &reason);
	if (code == CONTAINER_EXEC_DETACHED)
		return exec_left(invocation, err);
	if (reason.text[0] && code > 0)
		error_wrap(&reason, "container %s", container->name);
	if (reason.text[0] && code != 0)
		invocation_error(invocation, &reason);
	return code < 0 ? 1 : code;
}

int exec_left(struct invocation *invocation, struct error *err)
{
	invocation->is_at_work = false;
	return error_set(err, ECANCELED, "read escape sequence");
}

int exec_output_failed(struct invocation *invocation, const struct error *err)
{
	if (err->code == EPIPE)
		return 128 + SIGPIPE;
	invocation_error(invocation, err);
	return 1;
}
