/* SPDX-License-Identifier: Apache-2.0 */
#include "base/process.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* /proc/PID/stat; empty for a process that is not there. */
static void read_stat(pid_t pid, char *text, size_t size)
{
	char path[40];
	auto_close int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, text, size - 1);
	text[n > 0 ? n : 0] = '\0';
}

int process_identify(struct process_id *id, pid_t pid, struct error *err)
{
	char text[1024];
	const char *at;

	read_stat(pid, text, sizeof(text));
	if (!*text)
		return error_set(err, ESRCH, "process %d has gone", pid);
	at = strrchr(text, ')'); /* the command name may hold anything, parentheses too */
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (!at)
		return error_set(err, ESRCH, "cannot read '/proc/%d/stat'", pid);
	id->pid = pid;
	id->start_time = strtoull(at + 1, NULL, 10);
	return 0;
}

bool process_is_alive(const struct process_id *id)
{
	struct process_id now;

	return id->pid > 0 && process_identify(&now, id->pid, NULL) == 0 &&
	       now.start_time == id->start_time;
}

int process_open(const struct process_id *id, struct error *err)
{
	auto_close int pidfd = -1;

	if (id->pid <= 0)
		return error_set(err, ESRCH, "there is no process");
	pidfd = (int)syscall(SYS_pidfd_open, id->pid, 0);
	if (pidfd < 0 && errno != ESRCH && errno != EINVAL)
		return error_errno(err, "cannot open process %d", id->pid);
	if (pidfd < 0 || !process_is_alive(id))
		return error_set(err, ESRCH, "process %d has gone", id->pid);
	return take_fd(&pidfd);
}

pid_t process_number(int pidfd)
{
	auto_strbuf struct strbuf text = {0};
	const char *line;
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	if (file_read(AT_FDCWD, path, 4096, &text, NULL) < 0)
		return -1;
	line = strstr(strbuf_text(&text), "\nPid:");
	return line ? (pid_t)strtol(line + 5, NULL, 10) : -1;
}

bool process_has_exited(int pidfd)
{
	struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};

	return poll(&poll_fd, 1, 0) > 0;
}

int process_signal(int pidfd, int signal, struct error *err)
{
	if (syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0)
		return error_errno(err, "cannot send signal %d", signal);
	return 0;
}

int process_wait_exit(int pidfd, int timeout_ms, struct error *err)
{
	struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};
	int n;

	do
		n = poll(&poll_fd, 1, timeout_ms);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(err, "cannot wait for a process");
	if (n == 0)
		return error_set(err, ERROR_TIMEOUT, "the process is still running");
	return 0;
}

/* Field 52 of /proc/PID/stat, of a child that has ended: 255 when it does not say. */
static int read_status(int pidfd)
{
	char text[1024];
	const char *at;

	read_stat(process_number(pidfd), text, sizeof(text));
	at = strrchr(text, ' ');
	return at ? (int)strtol(at + 1, NULL, 10) : 255 << 8;
}

/* Not by waiting for the child as such: a tracer of it gets the exit first, and could keep it. */
int process_reap(pid_t pid)
{
	auto_close int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	pid_t rc = 0;
	int status;

	if (pidfd >= 0 && process_wait_exit(pidfd, -1, NULL) < 0)
		return 255;
	do
		rc = waitpid(pid, &status, pidfd >= 0 ? WNOHANG : 0);
	while (rc < 0 && errno == EINTR);
	if (rc < 0)
		return 255;
	if (rc == 0)
		status = read_status(pidfd);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Which streams of a child are whose; -1: /dev/null. */
struct child_streams {
	int input_fd, output_fd, error_fd;
};

static void run_child(char *const *argv, char *const *env, const struct child_streams *streams)
{
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(streams->input_fd >= 0 ? streams->input_fd : null_fd, STDIN_FILENO);
	dup2(streams->output_fd >= 0 ? streams->output_fd : null_fd, STDOUT_FILENO);
	dup2(streams->error_fd >= 0 ? streams->error_fd : null_fd, STDERR_FILENO);
	process_close_from(3);
	execve(argv[0], argv, env ? env : environ);
	_exit(errno == ENOENT ? 127 : 126);
}

static int run(char *const *argv, char *const *env, struct child_streams streams,
	       struct strbuf *output, struct error *err)
{
	int pipe_fds[2] = {-1, -1};
	pid_t pid;

	if (output && pipe2(pipe_fds, O_CLOEXEC) < 0)
		return error_errno(err, "cannot create a pipe");
	streams.output_fd = pipe_fds[1];
	pid = fork();
	if (pid == 0)
		run_child(argv, env, &streams);
	if (output) {
		close(pipe_fds[1]);
		while (pid > 0) {
			char *end = strbuf_reserve(output, 4096);
			ssize_t n = read(pipe_fds[0], end, 4096);

			if (n < 0 && errno == EINTR)
				continue;
			if (n <= 0)
				break;
			output->length += (size_t)n;
			output->text[output->length] = '\0';
		}
		close(pipe_fds[0]);
	}
	if (pid < 0)
		return error_errno(err, "cannot start '%s'", argv[0]);
	return process_reap(pid);
}

int process_run(char *const *argv, char *const *env, int input_fd, struct strbuf *output,
		struct error *err)
{
	struct child_streams streams = {.input_fd = input_fd, .error_fd = STDERR_FILENO};

	return run(argv, env, streams, output, err);
}

int process_ask(char *const *argv, char *const *env, struct strbuf *output, struct error *err)
{
	struct child_streams streams = {.input_fd = -1, .error_fd = -1};

	return run(argv, env, streams, output, err);
}

char *process_find_program(const char *folders, const char *name)
{
	for (const char *at = folders ? folders : "/usr/bin:/bin"; *at;) {
		size_t length = strcspn(at, ":");
		auto_free char *path = alloc_format("%.*s/%s", (int)length, at, name);

		if (path[0] == '/' && access(path, X_OK) == 0)
			return take_ptr(path);
		at += length + (at[length] == ':');
	}
	return NULL;
}

void process_ensure_stdio(void)
{
	static const int flags[] = {O_RDONLY, O_RDONLY, O_WRONLY};
	int fd;

	for (int i = 0; i <= STDERR_FILENO; i++) {
		fd = fcntl(i, F_GETFD) < 0 ? open("/dev/null", flags[i]) : i;
		if (fd > i) /* it was given the lowest number that was free */
			close(fd);
	}
}

void process_reset_children(void)
{
	sigset_t none;

	signal(SIGCHLD, SIG_DFL); /* ignored, it would make waitpid fail */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

void process_close_from(int first)
{
	if (syscall(SYS_close_range, first, ~0U, 0) < 0) /* Linux 5.9 */
		for (int fd = first; fd < 4096; fd++)
			close(fd);
}

void process_cloexec_from(int first)
{
	if (syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) < 0) /* Linux 5.11 */
		for (int fd = first; fd < 4096; fd++)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
}
