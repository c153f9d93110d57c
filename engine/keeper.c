/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/keeper.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEPT_FD 3

static void keep(int terminal_fd, int pidfd)
{
	/* Out of each other's way first: either may be the number that the other shall get. */
	int terminal = fcntl(terminal_fd, F_DUPFD, 10);
	int process = fcntl(pidfd, F_DUPFD, 10);

	setsid();
	prctl(PR_SET_NAME, "coracle:keeper");
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	dup2(terminal, KEPT_FD);
	dup2(process, KEPT_FD + 1);
	process_close_from(KEPT_FD + 2);
	process_wait_exit(KEPT_FD + 1, -1, NULL);
	_exit(0);
}

int keeper_start(int run_fd, int terminal_fd, int pidfd, struct error *err)
{
	int pipe_fds[2];
	pid_t middle;
	struct process_id keeper = {0};
	char text[80];

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return error_errno(err, "cannot create a pipe");
	middle = fork();
	if (middle == 0) {
		pid_t pid = fork();

		if (pid == 0)
			keep(terminal_fd, pidfd);
		_exit(write(pipe_fds[1], &pid, sizeof(pid)) != sizeof(pid));
	}
	close(pipe_fds[1]);
	if (middle < 0 || read(pipe_fds[0], &keeper.pid, sizeof(keeper.pid)) < 0)
		error_errno(err, "cannot start the terminal's keeper");
	close(pipe_fds[0]);
	if (middle > 0)
		process_reap(middle);
	if (keeper.pid <= 0 || process_identify(&keeper, keeper.pid, err) < 0)
		return -1;
	snprintf(text, sizeof(text), "%d %llu\n", keeper.pid,
		 (unsigned long long)keeper.start_time);
	return file_replace_volatile(run_fd, "keeper", text, strlen(text), 0600, err);
}

int keeper_find(int run_fd)
{
	auto_close int fd = openat(run_fd, "keeper", O_RDONLY | O_CLOEXEC);
	auto_close int pidfd = -1;
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
	pidfd = process_open(&keeper, NULL);
	return pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, KEPT_FD, 0);
}
