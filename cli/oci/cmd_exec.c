/* SPDX-License-Identifier: Apache-2.0 */
/* `oci exec`: one more process in a container. */
#include "base/arena.h"
#include "base/error.h"
#include "cli/oci/oci_table.h"
#include "cli/oci/oci_words.h"
#include "oci/exec.h"

#include <errno.h>

struct exec_options {
	const char *process, *cwd, *user, *pid_file, *console_socket, *apparmor, *cgroup, *label;
	struct strvec env, capabilities, groups;
	int preserve_fds;
	bool tty, detach, no_new_privileges, ignores_paused;
};

static const struct option_spec options_table[] = {
	OPTION(LIST, "additional-gids", 'g', exec_options, groups, "Add these groups",
	       .value = "GID"),
	OPTION(STRING, "apparmor", 0, exec_options, apparmor, "Confine it by this AppArmor profile",
	       .value = "PROFILE"),
	OPTION(LIST, "cap", 'c', exec_options, capabilities, "Add this capability",
	       .value = "CAPABILITY"),
	OPTION(STRING, "cgroup", 0, exec_options, cgroup,
	       "Run it in this cgroup below the container's", .value = "PATH"),
	OPTION(STRING, "console-socket", 0, exec_options, console_socket,
	       "Send the terminal to who listens there", .value = "SOCKET"),
	OPTION(STRING, "cwd", 0, exec_options, cwd, "Begin in this directory",
	       .value = "DIRECTORY"),
	OPTION(BOOL, "detach", 'd', exec_options, detach, "Do not wait for the end"),
	OPTION(LIST, "env", 'e', exec_options, env, "Set this variable", .value = "NAME=VALUE"),
	OPTION(BOOL, "ignore-paused", 0, exec_options, ignores_paused,
	       "Also in a paused container, where it waits for the end of the pause"),
	OPTION(BOOL, "no-new-privs", 0, exec_options, no_new_privileges,
	       "Let it gain no privileges by execve"),
	OPTION(STRING, "pid-file", 0, exec_options, pid_file,
	       "Write the process number into this file", .value = "FILE"),
	OPTION(INT, "preserve-fds", 0, exec_options, preserve_fds,
	       "Pass on so many descriptors behind standard error", .fallback = "0"),
	OPTION(STRING, "process", 'p', exec_options, process,
	       "Take all of it from this file, as \"process\" of a config.json", .value = "FILE"),
	OPTION(STRING, "process-label", 0, exec_options, label, "Run it with this label of SELinux",
	       .value = "LABEL"),
	OPTION(BOOL, "tty", 't', exec_options, tty, "Give it a terminal"),
	OPTION(STRING, "user", 'u', exec_options, user, "Run it as this user",
	       .value = "UID[:GID]"),
	{0},
};

static int exec_run(struct invocation *invocation, struct error *err)
{
	const struct exec_options *options = invocation->options;
	struct oci_exec_request request = {
		.root = invocation->globals->oci_root,
		.id = invocation->arguments[0],
		.process_file = options->process,
		.args = invocation->arguments + 1,
		.env = options->env.items,
		.cwd = options->cwd,
		.user = options->user,
		.capabilities = options->capabilities.items,
		.groups = options->groups.items,
		.apparmor_profile = options->apparmor,
		.label = options->label,
		.terminal = options->tty,
		.no_new_privileges = options->no_new_privileges,
		.cgroup = options->cgroup,
		.pid_file = oci_path(invocation, options->pid_file),
		.console_socket = options->console_socket,
		.preserved = options->preserve_fds,
		.detach = options->detach,
		.ignores_paused = options->ignores_paused,
	};

	if (!options->process && invocation->argument_count < 2)
		return error_set(err, ERROR_INVALID,
				 "'exec' needs a command behind the container, or --process FILE");
	if (oci_check_preserved(options->preserve_fds, err) < 0)
		return -1;
	return oci_exec(&request, err);
}

const struct command cmd_oci_exec =
	COMMAND("exec", "CONTAINER [COMMAND [ARG...]]", "Run a command in a container",
		EXAMPLE("--tty web sh", "Open a shell in web"),
		.needs = NEEDS_ROOT | OPTIONS_FIRST_ONLY | FAILS_WITH_255, .least = 1,
		.most = ANY_NUMBER, COMMAND_OPTIONS(exec_options, options_table), .run = exec_run);
