/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/hook.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/process.h"
#include "runtime/exec.h"
#include "runtime/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* So much of what a hook has printed belongs into an error. */
#define MOST_OUTPUT 400

static char *const no_environment[] = {NULL};

/* ---- the child ------------------------------------------------------------------------------- */

static _Noreturn void run_child(const struct hook_start *hook)
{
	/* A group of its own, so that all of it can be ended. */
	setpgid(0, 0);
	process_reset_children();
	for (int i = 0; i < 3; i++)
		if (dup2(hook->fds[i], i) < 0)
			_exit(126);
	process_close_from(3);
	execve(hook->path, hook->args, hook->env);
	dprintf(STDERR_FILENO, "cannot execute it: %s", error_strerror(errno));
	_exit(127);
}

/* ---- the parent ------------------------------------------------------------------------------ */

static int start_here(struct exec_process *process, const struct hook_start *hook,
		      struct error *err)
{
	process->pid = fork();
	if (process->pid < 0)
		return error_errno(err, "cannot create a process");
	if (process->pid == 0)
		run_child(hook);
	process->pidfd = (int)syscall(SYS_pidfd_open, process->pid, 0);
	if (process->pidfd >= 0)
		return 0;
	error_errno(err, "cannot open a process");
	kill(process->pid, SIGKILL);
	process_reap(process->pid);
	return -1;
}

static int start(struct exec_process *process, const struct spec_hook *hook,
		 const struct hook_place *place, int output_fd, struct error *err)
{
	char *only_path[] = {(char *)hook->path, NULL};
	struct hook_start how = {
		.path = hook->path,
		.args = hook->args ? hook->args : only_path,
		.env = hook->env ? hook->env : (char **)no_environment,
		.fds = {place->input_fd, output_fd, output_fd},
	};

	return place->start ? place->start(process, &how, place->data, err)
			    : start_here(process, &how, err);
}

static void end(const struct exec_process *process)
{
	process_signal(process->pidfd, SIGKILL, NULL);
	kill(-process->pid, SIGKILL);
}

/* What it has printed, on one line, or its last part. */
static void add_output(struct error *err, int output_fd)
{
	off_t size = lseek(output_fd, 0, SEEK_END);
	char text[MOST_OUTPUT + 1];
	ssize_t n = size > 0 ? pread(output_fd, text, MOST_OUTPUT,
				     size > MOST_OUTPUT ? size - MOST_OUTPUT : 0)
			     : 0;

	while (n > 0 && strchr(" \n\t\r", text[n - 1]))
		n--;
	if (n <= 0)
		return;
	for (ssize_t i = 0; i < n; i++)
		if (text[i] == '\n' || text[i] == '\0')
			text[i] = ' ';
	error_append(err, ": %.*s", (int)n, text);
}

static int judge(const struct spec_hook *hook, const struct exec_process *process, int output_fd,
		 struct error *err)
{
	int timeout_ms = hook->timeout_s > 0 ? hook->timeout_s * 1000 : -1;
	int waited = process_wait_exit(process->pidfd, timeout_ms, err), code;

	if (waited < 0)
		end(process);
	code = process_reap(process->pid);
	if (waited < 0 && err->code == ERROR_TIMEOUT)
		error_set(err, ERROR_TIMEOUT, "it has not ended within %d s", hook->timeout_s);
	else if (waited == 0 && code != 0)
		waited = code > 128 ? error_set(err, ECHILD, "signal %d has ended it", code - 128)
				    : error_set(err, ECHILD, "exit status %d", code);
	if (waited < 0)
		add_output(err, output_fd);
	return waited;
}

static int run(const struct spec_hook *hook, const struct hook_place *place, struct error *err)
{
	auto_close int output_fd = memfd_create("coracle-hook", MFD_CLOEXEC);
	struct exec_process process = {-1, -1, -1};
	int result = -1;

	if (output_fd < 0 || lseek(place->input_fd, 0, SEEK_SET) < 0)
		error_errno(err, "cannot make its standard streams");
	else if (start(&process, hook, place, output_fd, err) == 0)
		result = judge(hook, &process, output_fd, err);
	cleanup_close(&process.pidfd);
	return result < 0 ? error_wrap(err, "%s hook '%s'", place->kind, hook->path) : 0;
}

int hook_run_all(const struct spec_hooks *hooks, const struct hook_place *place, struct error *err)
{
	for (size_t i = 0; i < hooks->count; i++)
		if (run(&hooks->items[i], place, err) < 0)
			return -1;
	return 0;
}

void hook_try_all(const struct spec_hooks *hooks, const struct hook_place *place)
{
	struct error err;

	for (size_t i = 0; i < hooks->count; i++)
		if (run(&hooks->items[i], place, &err) < 0)
			log_warning("%s", err.text);
}
