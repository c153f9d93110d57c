/* SPDX-License-Identifier: Apache-2.0 */
#include "net/responder/lock_in.h"

#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "base/confine.h"

#define FILES 2048 /* that it makes itself */

static const struct confine_limit limits[] = {
	{RLIMIT_CORE, 0},	 {RLIMIT_MEMLOCK, 0},	  {RLIMIT_MSGQUEUE, 0}, {RLIMIT_RTPRIO, 0},
	{RLIMIT_SIGPENDING, 64}, {RLIMIT_DATA, 64 << 20}, {RLIMIT_FSIZE, 0},
};

static const struct confine_call allowed[] = {
	/* the loop and its timers */
	CONFINE_CALL(epoll_ctl),
	CONFINE_CALL(epoll_pwait),
	CONFINE_CALL(ppoll),
	CONFINE_CALL(timerfd_create),
	CONFINE_CALL(timerfd_settime),
	CONFINE_CALL(clock_gettime),
	CONFINE_CALL(restart_syscall),
	/* sockets */
	CONFINE_CALL_IF(socket, 0, CONFINE_ALL_BITS, AF_INET),
	CONFINE_CALL_IF(socket, 0, CONFINE_ALL_BITS, AF_INET6),
	CONFINE_CALL(connect),
	CONFINE_CALL(accept4),
	CONFINE_CALL(shutdown),
	CONFINE_CALL(getsockopt),
	CONFINE_CALL(setsockopt),
	CONFINE_CALL(read),
	CONFINE_CALL(write),
	CONFINE_CALL(sendto),
	CONFINE_CALL(recvfrom),
	CONFINE_CALL(sendmsg),
	CONFINE_CALL(recvmsg),
	CONFINE_CALL(sendmmsg),
	CONFINE_CALL(recvmmsg),
	CONFINE_CALL(close),
	/* tables, and memory */
	CONFINE_CALL(fstat),
	CONFINE_CALL(newfstatat),
	CONFINE_CALL_IF(mmap, 2, PROT_EXEC, 0),
	CONFINE_CALL(munmap),
	CONFINE_CALL(mremap),
	CONFINE_CALL(madvise),
	CONFINE_CALL(brk),
	CONFINE_CALL(futex),
	CONFINE_CALL(getrandom),
	/* its end */
	CONFINE_CALL(exit_group),
/* Machines that Linux came to later have only their successors. */
#ifdef SYS_epoll_wait
	CONFINE_CALL(epoll_wait),
	CONFINE_CALL(poll),
#endif
};

int lock_in(size_t held, struct error *err)
{
	const struct confine_limit files = {RLIMIT_NOFILE, held + FILES};
	static const char *const no_files[] = {NULL};

	if (confine_limits(limits, array_length(limits), err) < 0 ||
	    confine_limits(&files, 1, err) < 0 || confine_user(err) < 0 ||
	    confine_files(no_files, err) < 0)
		return -1;
	return confine_calls(allowed, array_length(allowed), SECCOMP_RET_KILL_PROCESS, err);
}
