/* SPDX-License-Identifier: Apache-2.0 */
#include "net/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/peek.h"

static int open_own(struct error *err)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, "cannot open the own network namespace");
	return fd;
}

int netns_open(pid_t pid, struct error *err)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	fd = peek_open(path);
	if (fd < 0 && errno == ENOENT)
		return error_set(err, ESRCH, "process %d has gone", (int)pid);
	if (fd < 0)
		return error_errno(err, "cannot open '%s'", path);
	return fd;
}

int netns_enter(int netns_fd, int *home_fd, struct error *err)
{
	auto_close int home = open_own(err);

	if (home < 0)
		return -1;
	if (setns(netns_fd, CLONE_NEWNET) < 0)
		return error_errno(err, "cannot enter the network namespace");
	*home_fd = take_fd(&home);
	return 0;
}

void netns_leave(int home_fd)
{
	if (setns(home_fd, CLONE_NEWNET) < 0)
		abort();
	close(home_fd);
}

int netns_create(struct error *err)
{
	auto_close int home = open_own(err);
	int fd;

	if (home < 0)
		return -1;
	if (unshare(CLONE_NEWNET) < 0)
		return error_errno(err, "cannot create a network namespace");
	fd = open_own(err);
	netns_leave(take_fd(&home));
	return fd;
}

int netns_socket(int netns_fd, int family, int type, int protocol, struct error *err)
{
	int home, fd;

	if (netns_enter(netns_fd, &home, err) < 0)
		return -1;
	fd = socket(family, type | SOCK_CLOEXEC, protocol);
	if (fd < 0)
		error_errno(err, "cannot create a socket in the network namespace");
	netns_leave(home);
	return fd;
}
