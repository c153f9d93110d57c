/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/trampoline/steps.h - what the trampoline does, for the program and for where it cannot be
 * executed (runtime/trampoline.c). No libc, and nothing on the way is remembered.
 */
#pragma once

#include "base/bare.h"
#include "runtime/sync.h"
#include "runtime/trampoline.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

static _Noreturn void leave(int code)
{
	for (;;)
		bare_call(SYS_exit_group, code, 0, 0, 0, 0);
}

static _Noreturn void fail(int sync_fd, long result)
{
	int number = (int)result;

	bare_call(SYS_write, sync_fd, (long)&number, sizeof(number), 0, 0);
	leave(127);
}

static void send_ready(int sync_fd)
{
	const uint32_t text[2] = {SYNC_READY, 0};

	bare_call(SYS_write, sync_fd, (long)text, sizeof(text), 0, 0);
}

static void send_child(int sync_fd, int pid, int pidfd)
{
	struct {
		uint32_t kind, length;
		int pid;
	} text = {SYNC_CHILD, sizeof(int), pid};
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)),
				.cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS}};
	struct iovec part = {&text, sizeof(text)};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	*(int *)CMSG_DATA(&control.header) = pidfd;
	bare_call(SYS_sendmsg, sync_fd, (long)&message, MSG_NOSIGNAL, 0, 0);
}

/* Goes on as another process, in the pid namespace that children get; this one ends. */
static void enter(int sync_fd)
{
	int pidfd = -1;
	long pid =
		bare_call(SYS_clone, CLONE_PARENT | CLONE_PIDFD | SIGCHLD, 0, (long)&pidfd, 0, 0);

	if (pid < 0)
		fail(sync_fd, pid);
	if (pid > 0) {
		send_child(sync_fd, (int)pid, pidfd);
		leave(0);
	}
}

static bool is_told(int fd, enum sync_kind kind)
{
	uint32_t answer[2] = {0};

	return bare_call(SYS_read, fd, (long)answer, sizeof(answer), 0, 0) > 0 && answer[0] == kind;
}

/* Whose the other end of a socket is, as our user namespace has it; -1: not known. */
static long find_peer(int fd)
{
	struct ucred peer = {0};
	socklen_t size = sizeof(peer);
	long result =
		bare_call(SYS_getsockopt, fd, SOL_SOCKET, SO_PEERCRED, (long)&peer, (long)&size);

	return result < 0 ? -1 : (long)peer.uid;
}

/* Waits for somebody who says that it is to go: the socket that what follows is said over. Nobody
 * but @owner, who has created us, is listened to. Who only looks in, or is killed, is nobody. */
static int take_caller(int listener, long owner)
{
	for (;;) {
		long fd = bare_call(SYS_accept4, listener, 0, 0, SOCK_CLOEXEC, 0);

		if (fd < 0 && fd != -EINTR && fd != -ECONNABORTED)
			leave(127);
		if (fd >= 0 && owner >= 0 && find_peer((int)fd) == owner &&
		    is_told((int)fd, SYNC_GO))
			return (int)fd;
		if (fd >= 0)
			bare_call(SYS_close, fd, 0, 0, 0, 0);
	}
}

/* The socket that the word came from. */
static int wait_for_go(int flags, int sync_fd)
{
	long owner = -1;

	if (!is_told(sync_fd, flags & TRAMPOLINE_LISTENS ? SYNC_KEEP : SYNC_GO))
		leave(127);
	if (!(flags & TRAMPOLINE_LISTENS))
		return sync_fd;
	owner = find_peer(sync_fd);
	bare_call(SYS_close, sync_fd, 0, 0, 0, 0);
	return take_caller(sync_fd + TRAMPOLINE_LISTENER, owner);
}

/* Run again, by an image's script, its first argument is a path, and there are no sockets behind
 * the standard descriptors: false, for no endless loop. */
static bool close_on_exec(int flags, int sync_fd)
{
	if (!(flags & '@') || sync_fd <= 2)
		return false;
	if (flags & TRAMPOLINE_LISTENS)
		bare_call(SYS_fcntl, sync_fd + TRAMPOLINE_LISTENER, F_SETFD, FD_CLOEXEC, 0, 0);
	return bare_call(SYS_fcntl, sync_fd, F_SETFD, FD_CLOEXEC, 0, 0) >= 0;
}

/* For the next execve, of the clone that goes on in this process's place as well. */
static long set_label(int proc_fd, const char *label)
{
	long fd = bare_call(SYS_openat, proc_fd, (long)"self/attr/exec", O_WRONLY, 0, 0);
	long result = fd, length = 0;

	while (label[length])
		length++;
	if (fd >= 0) {
		result = bare_call(SYS_write, fd, (long)label, length, 0, 0);
		bare_call(SYS_close, fd, 0, 0, 0, 0);
	}
	bare_call(SYS_close, proc_fd, 0, 0, 0, 0);
	return result;
}

static int read_number(const char *text)
{
	int number = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		number = number * 10 + (*text - '0');
	return number;
}

/* Executes @path, or the reaper, as @how says: the flags and the first descriptor. */
static _Noreturn void trampoline_steps(const char *how, const char *path, char *const *args,
				       char *const *env)
{
	int flags = how[0], sync_fd = read_number(how + 1), reaper = sync_fd + TRAMPOLINE_REAPER;
	long result = 0;

	if (!close_on_exec(flags, sync_fd))
		leave(127);
	if (flags & TRAMPOLINE_HAS_LABEL)
		result = set_label(sync_fd + TRAMPOLINE_PROC, *args++);
	if (result < 0)
		fail(sync_fd, result);
	if (flags & TRAMPOLINE_ENTERS)
		enter(sync_fd);
	else
		send_ready(sync_fd);
	sync_fd = wait_for_go(flags, sync_fd);
	if (flags & TRAMPOLINE_ENTERS)
		bare_call(SYS_setsid, 0, 0, 0, 0, 0);
	if (flags & TRAMPOLINE_HAS_TERMINAL)
		result = bare_call(SYS_ioctl, 0, TIOCSCTTY, 0, 0, 0);
	if (result < 0)
		fail(sync_fd, result);
	if (flags & TRAMPOLINE_IS_REAPER) {
		bare_call(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
		bare_call(SYS_fcntl, reaper, F_SETFD, FD_CLOEXEC, 0, 0);
		fail(sync_fd, bare_call(SYS_execveat, reaper, (long)"", (long)args, (long)env,
					AT_EMPTY_PATH));
	}
	fail(sync_fd, bare_call(SYS_execve, (long)path, (long)args, (long)env, 0, 0));
}
