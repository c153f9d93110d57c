/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/transport/sandbox.h"

#include "base/cleanup.h"
#include "base/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

static const struct confine_limit limits[] = {
	{RLIMIT_CORE, 0},   {RLIMIT_NOFILE, 512},    {RLIMIT_MEMLOCK, 0},    {RLIMIT_MSGQUEUE, 0},
	{RLIMIT_RTPRIO, 0}, {RLIMIT_SIGPENDING, 64}, {RLIMIT_DATA, 1 << 30},
};

/* What the resolver and TLS read. Links are followed now: the rule is on what they lead to. */
static const char *const readable[] = {
	"/etc/resolv.conf",
	"/etc/hosts",
	"/etc/host.conf",
	"/etc/nsswitch.conf",
	"/etc/gai.conf",
	"/etc/services",
	"/etc/protocols",
	"/etc/ssl",
	"/etc/pki",
	"/etc/ca-certificates",
	"/usr/share/ca-certificates",
	"/usr/local/share/ca-certificates",
	"/var/lib/ca-certificates",
	"/usr/lib/ssl",
	"/run/systemd/resolve",
	"/run/resolvconf",
	"/run/NetworkManager",
	"/dev/urandom",
	"/dev/random",
	NULL,
};

#define WRITING (O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY))
#define THREAD	(CLONE_THREAD | CLONE_VM)

/* What libcurl, OpenSSL and the resolver's thread use. Neither a program can be executed, nor a
 * process made, traced or looked into, nor a file written other than by a descriptor that came. */
static const struct confine_call allowed[] = {
	CONFINE_CALL(read),
	CONFINE_CALL(write),
	CONFINE_CALL(readv),
	CONFINE_CALL(writev),
	CONFINE_CALL(pread64),
	CONFINE_CALL(pwrite64),
	CONFINE_CALL(close),
	CONFINE_CALL(lseek),
	CONFINE_CALL(fstat),
	CONFINE_CALL(newfstatat),
	CONFINE_CALL(statx),
	CONFINE_CALL(faccessat),
	CONFINE_CALL(faccessat2),
	CONFINE_CALL(readlinkat),
	CONFINE_CALL(getcwd),
	CONFINE_CALL(fcntl),
	CONFINE_CALL(ioctl),
	CONFINE_CALL(dup),
	CONFINE_CALL(pipe2),
	CONFINE_CALL(eventfd2),
	CONFINE_CALL(ppoll),
	CONFINE_CALL(pselect6),
	CONFINE_CALL(epoll_create1),
	CONFINE_CALL(epoll_ctl),
	CONFINE_CALL(epoll_pwait),
	CONFINE_CALL(socketpair),
	CONFINE_CALL(connect),
	CONFINE_CALL(bind),
	CONFINE_CALL(getsockname),
	CONFINE_CALL(getpeername),
	CONFINE_CALL(getsockopt),
	CONFINE_CALL(setsockopt),
	CONFINE_CALL(sendto),
	CONFINE_CALL(recvfrom),
	CONFINE_CALL(sendmsg),
	CONFINE_CALL(recvmsg),
	CONFINE_CALL(sendmmsg),
	CONFINE_CALL(recvmmsg),
	CONFINE_CALL(shutdown),
	CONFINE_CALL(munmap),
	CONFINE_CALL(mremap),
	CONFINE_CALL(madvise),
	CONFINE_CALL(brk),
	CONFINE_CALL(futex),
	CONFINE_CALL(set_robust_list),
	CONFINE_CALL(rseq),
	CONFINE_CALL(rt_sigaction),
	CONFINE_CALL(rt_sigprocmask),
	CONFINE_CALL(rt_sigreturn),
	CONFINE_CALL(sigaltstack),
	CONFINE_CALL(sched_yield),
	CONFINE_CALL(sched_getaffinity),
	CONFINE_CALL(nanosleep),
	CONFINE_CALL(clock_nanosleep),
	CONFINE_CALL(clock_gettime),
	CONFINE_CALL(clock_getres),
	CONFINE_CALL(gettimeofday),
	CONFINE_CALL(getrandom),
	CONFINE_CALL(getpid),
	CONFINE_CALL(gettid),
	CONFINE_CALL(getuid),
	CONFINE_CALL(geteuid),
	CONFINE_CALL(getgid),
	CONFINE_CALL(getegid),
	CONFINE_CALL(uname),
	CONFINE_CALL(sysinfo),
	CONFINE_CALL(restart_syscall),
	CONFINE_CALL(membarrier),
	CONFINE_CALL(exit),
	CONFINE_CALL(exit_group),
	CONFINE_CALL_IF(socket, 0, CONFINE_ALL_BITS, AF_INET),
	CONFINE_CALL_IF(socket, 0, CONFINE_ALL_BITS, AF_INET6),
	CONFINE_CALL_IF(socket, 0, CONFINE_ALL_BITS, AF_NETLINK),
	CONFINE_CALL_IF(openat, 2, WRITING, 0),
	CONFINE_CALL_IF(mmap, 2, PROT_EXEC, 0),
	CONFINE_CALL_IF(mprotect, 2, PROT_EXEC, 0),
	CONFINE_CALL_IF(clone, 0, THREAD, THREAD),
	CONFINE_CALL_IF(prctl, 0, CONFINE_ALL_BITS, PR_SET_NAME),
	CONFINE_CALL_IF(prlimit64, 0, CONFINE_ALL_BITS, 0),
/* Machines that Linux came to later have only their successors. */
#ifdef SYS_open
	CONFINE_CALL(stat),
	CONFINE_CALL(lstat),
	CONFINE_CALL(access),
	CONFINE_CALL(readlink),
	CONFINE_CALL(poll),
	CONFINE_CALL(select),
	CONFINE_CALL(epoll_wait),
	CONFINE_CALL(time),
	CONFINE_CALL(getrlimit),
	CONFINE_CALL_IF(open, 1, WRITING, 0),
#endif
};

/* Everything else says ENOSYS: libraries then take another way, or fail. */
int sandbox_enter(struct error *err)
{
	if (confine_limits(limits, array_length(limits), err) < 0 || confine_user(err) < 0 ||
	    confine_files(readable, err) < 0)
		return -1;
	return confine_calls(allowed, array_length(allowed), SECCOMP_RET_ERRNO | ENOSYS, err);
}
