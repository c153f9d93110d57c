/* SPDX-License-Identifier: Apache-2.0 */
#include "net/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

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

#define STACK_SIZE ((size_t)1 << 20) /* of which only what is used is there */

struct visit {
	int netns_fd; /* -1: a new one */
	netns_work *work;
	void *data;
	int result;
	struct error *err;
};

/* In the child. It ends by returning: nothing of ours is to be run at its end. */
static int visit(void *data)
{
	struct visit *visit = data;

	if (visit->netns_fd < 0 && unshare(CLONE_NEWNET) < 0)
		error_errno(visit->err, "cannot create a network namespace");
	else if (visit->netns_fd >= 0 && setns(visit->netns_fd, CLONE_NEWNET) < 0)
		error_errno(visit->err, "cannot enter the network namespace");
	else
		visit->result = visit->work(visit->data, visit->err);
	return 0;
}

/* To come back takes memory, and who cannot must not go on elsewhere: so nobody of ours leaves. A
 * child has our memory and our descriptors, as after vfork, and a namespace of its own. */
static int run_visit(struct visit *data, struct error *err)
{
	void *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
	sigset_t all, before;
	int status = 0;
	pid_t pid;

	if (stack == MAP_FAILED)
		return error_errno(err, "cannot visit a network namespace");
	data->result = -1;
	data->err = err;
	/* Our handlers are not to run twice. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = clone(visit, (char *)stack + STACK_SIZE, CLONE_VM | CLONE_FILES | CLONE_VFORK, data);
	if (pid < 0)
		error_errno(err, "cannot visit a network namespace");
	else if (waitpid(pid, &status, __WCLONE) == pid && !WIFEXITED(status))
		data->result = error_set(err, EINTR, "a visit to a network namespace was killed");
	sigprocmask(SIG_SETMASK, &before, NULL);
	munmap(stack, STACK_SIZE);
	return data->result;
}

int netns_visit(int netns_fd, netns_work *work, void *data, struct error *err)
{
	struct visit visit = {.netns_fd = netns_fd, .work = work, .data = data};

	return run_visit(&visit, err);
}

static int open_here(void *data, struct error *err)
{
	(void)data;
	return open_own(err);
}

int netns_create(struct error *err)
{
	struct visit visit = {.netns_fd = -1, .work = open_here};

	return run_visit(&visit, err);
}

int netns_move(int netns_fd, struct error *err)
{
	if (setns(netns_fd, CLONE_NEWNET) < 0)
		return error_errno(err, "cannot enter the network namespace");
	return 0;
}

static int open_socket(void *data, struct error *err)
{
	const int *wanted = data;
	int fd = socket(wanted[0], wanted[1] | SOCK_CLOEXEC, wanted[2]);

	return fd < 0 ? error_errno(err, "cannot create a socket in the network namespace") : fd;
}

int netns_socket(int netns_fd, int family, int type, int protocol, struct error *err)
{
	int wanted[] = {family, type, protocol};

	return netns_visit(netns_fd, open_socket, wanted, err);
}
