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
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_MS 100

/* /proc/PID/stat. ESRCH for a process that is not there. */
static int read_stat(pid_t pid, char *text, size_t size, struct error *err)
{
	char path[40];
	auto_close int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, size - 1);
	text[n > 0 ? n : 0] = '\0';
	if (n < 0 && errno != ENOENT && errno != ESRCH)
		return error_errno(err, "cannot read '%s'", path);
	return n > 0 ? 0 : error_set(err, ESRCH, "process %d has gone", pid);
}

int process_identify(struct process_id *id, pid_t pid, struct error *err)
{
	char text[1024];
	const char *at;

	if (read_stat(pid, text, sizeof(text), err) < 0)
		return -1;
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
	struct error err;

	if (id->pid <= 0)
		return false;
	if (process_identify(&now, id->pid, &err) == 0)
		return now.start_time == id->start_time;
	return err.code != ESRCH;
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

	read_stat(process_number(pidfd), text, sizeof(text), NULL);
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
	const struct process_watch *watch; /* NULL: nobody looks meanwhile */
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

/* Returns false at the end. */
static bool read_some(int fd, struct strbuf *output)
{
	char *end = strbuf_reserve(output, 4096);
	ssize_t n = read(fd, end, 4096);

	if (n < 0 && errno == EINTR)
		return true;
	if (n <= 0)
		return false;
	output->length += (size_t)n;
	output->text[output->length] = '\0';
	return true;
}

static void read_all(int fd, struct strbuf *output)
{
	while (read_some(fd, output))
		;
}

static void read_watched(int fd, struct strbuf *output, const struct process_watch *watch,
			 pid_t pid)
{
	struct pollfd fds[] = {
		{.fd = fd, .events = POLLIN},
		{.fd = watch->cancel_fd > 0 ? watch->cancel_fd : -1, .events = POLLIN},
	};
	bool goes_on = true;

	while (goes_on) {
		if (poll(fds, array_length(fds), LOOK_MS) > 0 && fds[0].revents)
			goes_on = read_some(fd, output);
		if (fds[1].fd >= 0 && fds[1].revents) {
			fds[1].fd = -1;
			kill(pid, SIGTERM);
		}
		watch->look(watch->data);
	}
}

static int run(char *const *argv, char *const *env, struct child_streams *streams,
	       struct strbuf *output, struct error *err)
{
	int pipe_fds[2] = {-1, -1};
	pid_t pid;

	if (output && pipe2(pipe_fds, O_CLOEXEC) < 0)
		return error_errno(err, "cannot create a pipe");
	streams->output_fd = pipe_fds[1];
	pid = fork();
	if (pid == 0)
		run_child(argv, env, streams);
	if (output) {
		close(pipe_fds[1]);
		if (pid > 0 && streams->watch)
			read_watched(pipe_fds[0], output, streams->watch, pid);
		else if (pid > 0)
			read_all(pipe_fds[0], output);
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

	return run(argv, env, &streams, output, err);
}

int process_run_watched(char *const *argv, char *const *env, struct strbuf *output,
			const struct process_watch *watch, struct error *err)
{
	struct child_streams streams = {.input_fd = -1, .error_fd = STDERR_FILENO, .watch = watch};

	return run(argv, env, &streams, output, err);
}

int process_ask(char *const *argv, char *const *env, struct strbuf *output, struct error *err)
{
	struct child_streams streams = {.input_fd = -1, .error_fd = -1};

	return run(argv, env, &streams, output, err);
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

void process_hide_arguments(void)
{
	struct prctl_mm_map map = {.brk = (uintptr_t)sbrk(0), .exe_fd = (uint32_t)-1};
	const struct {
		int field; /* of /proc/PID/stat */
		__u64 *value;
	} fields[] = {
		{26, &map.start_code}, {27, &map.end_code},  {28, &map.start_stack},
		{45, &map.start_data}, {46, &map.end_data},  {47, &map.start_brk},
		{48, &map.arg_start},  {50, &map.env_start}, {51, &map.env_end},
	};
	auto_strbuf struct strbuf text = {0};
	const char *at;
	size_t next = 0;

	if (file_read(AT_FDCWD, "/proc/self/stat", 4096, &text, NULL) < 0)
		return;
	at = strrchr(strbuf_text(&text), ')');
	for (int field = 3; at && next < array_length(fields); field++) {
		at = strchr(at + 1, ' ');
		if (at && field == fields[next].field)
			*fields[next++].value = strtoull(at + 1, NULL, 10);
	}
	map.arg_end = map.arg_start;
	prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0);
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
