/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/keeper.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "engine/container_store.h"
#include "engine/engine.h"
#include "engine/keeper_protocol.h"
#include "engine/monitor_start.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define AWAIT_MS 3000
#define STEP_MS	 5

struct helpers {
	char *keeper, *monitor;
};

/* With the socket as its descriptor 3 and nothing else of ours. */
static void become_keeper(struct engine *engine, const struct helpers *helpers, const char *id,
			  pid_t monitor, int socket_fd)
{
	static char *environment[] = {NULL};
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct monitor_start start = MONITOR_START_NOTHING;
	struct error err = {0};
	char pid[20], plain[MONITOR_START_SIZE], on_terminal[MONITOR_START_SIZE];
	char *argv[] = {
		(char[]){"coracle-keeper"},
		pid,
		plain,
		on_terminal,
		helpers->monitor,
		engine->layout.root,
		engine->layout.run,
		(char *)id,
		NULL,
	};

	start.keeper_fd = KEEPER_SOCKET_FD;
	monitor_start_format(plain, &start);
	start.terminal_fd = KEEPER_TERMINAL_FD;
	monitor_start_format(on_terminal, &start);
	snprintf(pid, sizeof(pid), "%d", (int)monitor);
	for (int fd = 0; fd < 3; fd++)
		dup2(null_fd, fd);
	if (socket_fd == KEEPER_SOCKET_FD)
		fcntl(socket_fd, F_SETFD, 0);
	else
		dup2(socket_fd, KEEPER_SOCKET_FD);
	process_close_from(KEEPER_SOCKET_FD + 1);
	fcntl(KEEPER_SOCKET_FD, F_SETFD, 0);
	execve(helpers->keeper, argv, environment);
	error_set(&err, ERROR_UNSUPPORTED, "cannot execute '%s': %s", helpers->keeper,
		  error_strerror(errno));
	error_send(KEEPER_SOCKET_FD, &err);
}

int keeper_fork(struct engine *engine, const char *id, struct error *err)
{
	auto_free char *keeper_path = engine_helper_path("keeper", err);
	auto_free char *monitor_path = keeper_path ? engine_helper_path("monitor", err) : NULL;
	struct helpers helpers = {keeper_path, monitor_path};
	int pair[2];
	pid_t pid;

	if (!monitor_path)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, "cannot create a pair of sockets");
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return error_errno(err, "cannot become a reaper");
	pid = fork();
	if (pid > 0)
		become_keeper(engine, &helpers, id, pid, pair[0]);
	if (pid > 0) /* keeper_record finds the reason */
		_exit(1);
	close(pair[0]);
	if (pid < 0) {
		close(pair[1]);
		return error_errno(err, "cannot start a process");
	}
	setsid();
	return pair[1];
}

int keeper_record(int run_fd, int keeper_fd, struct error *err)
{
	struct process_id keeper;
	struct error reason;
	char text[80];

	/* A keeper that lives has nothing to say yet. */
	if (recv(keeper_fd, &reason, sizeof(reason), MSG_DONTWAIT) == sizeof(reason))
		return error_pass(err, &reason);
	if (process_identify(&keeper, getppid(), err) < 0)
		return -1;
	snprintf(text, sizeof(text), "%d %llu\n", keeper.pid,
		 (unsigned long long)keeper.start_time);
	return file_replace_volatile(run_fd, "keeper", text, strlen(text), 0600, err);
}

void keeper_guard(int keeper_fd, pid_t pid, int stdout_fd, int stderr_fd)
{
	struct keeper_run run = {.pid = pid, .has_terminal = stderr_fd < 0};
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(2 * sizeof(int))];
	} control = {0};
	struct iovec part = {.iov_base = &run, .iov_len = sizeof(run)};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	int fds[2] = {stdout_fd, stderr_fd};
	size_t count = stdout_fd < 0 ? 0 : stderr_fd < 0 ? 1 : 2;

	if (keeper_fd < 0)
		return;
	if (count) {
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
	}
	sendmsg(keeper_fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool keeper_ask(int keeper_fd, pid_t pid, int timeout_ms, int *exit_code)
{
	struct pollfd source = {.fd = keeper_fd, .events = POLLIN};
	struct keeper_end end;

	while (keeper_fd >= 0 && pid > 0 && poll(&source, 1, timeout_ms) > 0) {
		if (recv(keeper_fd, &end, sizeof(end), MSG_DONTWAIT) != sizeof(end))
			return false;
		if (end.pid != pid)
			continue;
		*exit_code = WIFSIGNALED(end.status) ? 128 + WTERMSIG(end.status)
						     : WEXITSTATUS(end.status);
		return true;
	}
	return false;
}

static int open_keeper(int run_fd)
{
	auto_close int fd = file_open(run_fd, "keeper", O_RDONLY, NULL);
	struct process_id keeper = {0};
	unsigned long long start_time;
	char text[80];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		return -1;
	text[n] = '\0';
	if (sscanf(text, "%d %llu", &keeper.pid, &start_time) != 2)
		return -1;
	keeper.start_time = start_time;
	return process_open(&keeper, NULL);
}

bool keeper_await_monitor(struct engine *engine, const char *id)
{
	struct container_dirs dirs;
	int pidfd;

	if (container_dirs_open(engine, id, &dirs, NULL) < 0)
		return false;
	pidfd = open_keeper(dirs.run_fd);
	container_dirs_close(&dirs);
	if (pidfd < 0)
		return false;
	for (int waited = 0; waited < AWAIT_MS; waited += STEP_MS)
		if (container_has_monitor(engine, id) ||
		    process_wait_exit(pidfd, STEP_MS, NULL) == 0)
			break;
	close(pidfd);
	return container_has_monitor(engine, id);
}

int keeper_find_terminal(int run_fd)
{
	auto_close int pidfd = open_keeper(run_fd);

	return pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, KEEPER_TERMINAL_FD, 0);
}
