/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/trampoline/steps.h - what the trampoline does, for the program and for where it cannot be
 * executed (runtime/trampoline.c). No libc, and nothing on the way is remembered.
 */
#pragma once

#include "base/bare.h"
#include "runtime/sync.h"
#include "runtime/trampoline.h"

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

static _Noreturn void fail(long result)
{
	int number = (int)result;

	bare_call(SYS_write, TRAMPOLINE_SYNC_FD, (long)&number, sizeof(number), 0, 0);
	leave(127);
}

static void send_ready(void)
{
	const uint32_t text[2] = {SYNC_READY, 0};

	bare_call(SYS_write, TRAMPOLINE_SYNC_FD, (long)text, sizeof(text), 0, 0);
}

static void send_child(int pid, int pidfd)
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
	bare_call(SYS_sendmsg, TRAMPOLINE_SYNC_FD, (long)&message, MSG_NOSIGNAL, 0, 0);
}

/* Goes on as another process, in the pid namespace that children get; this one ends. */
static void enter(void)
{
	int pidfd = -1;
	long pid =
		bare_call(SYS_clone, CLONE_PARENT | CLONE_PIDFD | SIGCHLD, 0, (long)&pidfd, 0, 0);

	if (pid < 0)
		fail(pid);
	if (pid > 0) {
		send_child((int)pid, pidfd);
		leave(0);
	}
}

static void wait_for_go(void)
{
	uint32_t answer[2] = {0};

	if (bare_call(SYS_read, TRAMPOLINE_SYNC_FD, (long)answer, sizeof(answer), 0, 0) <= 0 ||
	    answer[0] != SYNC_GO)
		leave(127);
}

/* Executes @path, or the reaper, as @flags say. */
static _Noreturn void trampoline_steps(int flags, const char *path, char *const *args,
				       char *const *env)
{
	long result = 0;

	/* Run again, by an image's script, there is no socket: no endless loop. */
	if (bare_call(SYS_fcntl, TRAMPOLINE_SYNC_FD, F_SETFD, FD_CLOEXEC, 0, 0) < 0)
		leave(127);
	if (flags & TRAMPOLINE_ENTERS)
		enter();
	else
		send_ready();
	wait_for_go();
	if (flags & TRAMPOLINE_ENTERS)
		bare_call(SYS_setsid, 0, 0, 0, 0, 0);
	if (flags & TRAMPOLINE_HAS_TERMINAL)
		result = bare_call(SYS_ioctl, 0, TIOCSCTTY, 0, 0, 0);
	if (result < 0)
		fail(result);
	if (flags & TRAMPOLINE_IS_REAPER) {
		bare_call(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
		bare_call(SYS_fcntl, TRAMPOLINE_REAPER_FD, F_SETFD, FD_CLOEXEC, 0, 0);
		fail(bare_call(SYS_execveat, TRAMPOLINE_REAPER_FD, (long)"", (long)args, (long)env,
			       AT_EMPTY_PATH));
	}
	fail(bare_call(SYS_execve, (long)path, (long)args, (long)env, 0, 0));
}
