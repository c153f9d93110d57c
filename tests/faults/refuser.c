/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refuser.c - runs a command in which the Nth system call of coracle fails with an errno.
 *
 *   refuser COMMAND...
 *
 * Nothing fails until the command says so, on the socket whose number is in $REFUSER:
 *
 *   arm ROLE KIND WHICH ONCE N   from now on, the Nth call of KIND ("all": any
 *                                but opening to read and memory) that a process of
 *                                ROLE makes fails with its WHICHth errno; ONCE 0: so do all after
 *                                it that can fail with this one, as on a full disk
 *   tell                         "COUNT... NAME ERRNO OBJECT", by tabs: calls seen that have a
 * first, second, third errno, and the one that failed ("-" if none); nothing fails any more
 *
 * The roles are those of coracle's executables: "command" (also what it forks, and the other side
 * of a fork until it executes a container's program), "monitor", "keeper". Calls are stopped by a
 * seccomp filter that tells us (they are then refused or let go on), so it works without a libc,
 * costs little, and everything that the command has started stays below it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#define MOST_ERRNOS 3

/* What the first argument of a call is, as far as it decides whether it counts. */
enum first { ANY, FILE_FD, SOCKET_FD };

#define CALL(name, kind, first, ...)                                                               \
	{                                                                                          \
		SYS_##name, #name, kind, first,                                                    \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

static const struct call {
	long number;
	const char *name;
	const char *kind;
	enum first first;
	int errnos[MOST_ERRNOS];
} calls[] = {
	/* Opening is two kinds: see kind_of. */
	CALL(openat, "open", ANY, ENOSPC, EMFILE, EIO),
	CALL(openat2, "open", ANY, ENOSPC, EMFILE, EIO),
	CALL(write, "write", FILE_FD, ENOSPC, EIO),
	CALL(writev, "write", FILE_FD, ENOSPC, EIO),
	CALL(pwrite64, "write", FILE_FD, ENOSPC, EIO),
	CALL(ftruncate, "write", FILE_FD, ENOSPC, EIO),
	CALL(fallocate, "write", FILE_FD, ENOSPC, EIO),
	CALL(copy_file_range, "write", ANY, ENOSPC, EIO),
	CALL(fsync, "sync", ANY, EIO, ENOSPC),
	CALL(fdatasync, "sync", ANY, EIO, ENOSPC),
	CALL(syncfs, "sync", ANY, EIO, ENOSPC),
	CALL(renameat, "name", ANY, ENOSPC, EIO, ENOMEM),
	CALL(renameat2, "name", ANY, ENOSPC, EIO, ENOMEM),
	CALL(linkat, "name", ANY, ENOSPC, EIO, ENOMEM),
	CALL(symlinkat, "name", ANY, ENOSPC, EIO, ENOMEM),
	CALL(mkdirat, "name", ANY, ENOSPC, EIO, ENOMEM),
	CALL(mknodat, "name", ANY, ENOSPC, EIO, ENOMEM),
	CALL(unlinkat, "remove", ANY, EIO, ENOMEM),
	CALL(fchmod, "attribute", ANY, EIO, ENOMEM),
	CALL(fchmodat, "attribute", ANY, EIO, ENOMEM),
	CALL(fchown, "attribute", ANY, EIO, ENOSPC),
	CALL(fchownat, "attribute", ANY, EIO, ENOSPC),
	CALL(fsetxattr, "attribute", ANY, ENOSPC, EIO),
	CALL(mount, "mount", ANY, ENOMEM, ENOSPC),
	CALL(umount2, "mount", ANY, ENOMEM),
	CALL(fsopen, "mount", ANY, EMFILE, ENOMEM),
	CALL(fsconfig, "mount", ANY, ENOMEM),
	CALL(fsmount, "mount", ANY, EMFILE, ENOMEM),
	CALL(open_tree, "mount", ANY, EMFILE, ENOMEM),
	CALL(move_mount, "mount", ANY, ENOMEM, ENOSPC),
	CALL(pivot_root, "mount", ANY, ENOMEM),
	CALL(clone, "process", ANY, EAGAIN, ENOMEM),
	CALL(clone3, "process", ANY, EAGAIN, ENOMEM, ENOSPC),
	CALL(execve, "process", ANY, ENOMEM, EIO),
	CALL(unshare, "process", ANY, ENOMEM, ENOSPC),
	CALL(setns, "process", ANY, ENOMEM),
	CALL(seccomp, "process", ANY, ENOMEM),
	CALL(pidfd_open, "descriptor", ANY, EMFILE, ENOMEM),
	CALL(pipe2, "descriptor", ANY, EMFILE, ENFILE),
	CALL(epoll_create1, "descriptor", ANY, EMFILE, ENOMEM),
	CALL(epoll_ctl, "descriptor", ANY, ENOMEM, ENOSPC),
	CALL(timerfd_create, "descriptor", ANY, EMFILE, ENOMEM),
	CALL(signalfd4, "descriptor", ANY, EMFILE, ENOMEM),
	CALL(eventfd2, "descriptor", ANY, EMFILE, ENOMEM),
	CALL(inotify_init1, "descriptor", ANY, EMFILE, ENOMEM),
	CALL(memfd_create, "descriptor", ANY, EMFILE, ENOMEM),
	CALL(socket, "socket", ANY, EMFILE, ENOBUFS),
	CALL(socketpair, "socket", ANY, EMFILE, ENOBUFS),
	CALL(accept4, "socket", ANY, EMFILE, ENOBUFS),
	CALL(bind, "socket", ANY, ENOSPC, ENOMEM),
	CALL(listen, "socket", ANY, ENOMEM),
	CALL(sendmsg, "socket", SOCKET_FD, ENOBUFS, ENOMEM),
	CALL(sendto, "socket", SOCKET_FD, ENOBUFS, ENOMEM),
	CALL(bpf, "process", ANY, ENOMEM),
	CALL(mmap, "memory", ANY, ENOMEM),
	CALL(mremap, "memory", ANY, ENOMEM),
	CALL(brk, "memory", ANY, ENOMEM),
#ifdef SYS_mkdir
	CALL(open, "open", ANY, ENOSPC, EMFILE, EIO),
	CALL(mkdir, "name", ANY, ENOSPC, EIO, ENOMEM),
	CALL(rename, "name", ANY, ENOSPC, EIO, ENOMEM),
	CALL(symlink, "name", ANY, ENOSPC, EIO, ENOMEM),
	CALL(unlink, "remove", ANY, EIO, ENOMEM),
	CALL(rmdir, "remove", ANY, EIO, ENOMEM),
	CALL(fork, "process", ANY, EAGAIN, ENOMEM),
	CALL(vfork, "process", ANY, EAGAIN, ENOMEM),
#endif
};

#define CALL_COUNT (sizeof(calls) / sizeof(calls[0]))

/* Opening something only to read it. */
static const struct call reading = {0, "open to read", "look", ANY, {EMFILE, ENOMEM, EIO}};

static struct order {
	bool is_armed, once;
	char role[32], kind[32];
	unsigned which;
	long wanted, counts[MOST_ERRNOS];
	const struct call *hit;
	int error;
	char object[256];
} order;

/* ---- what a call is about ----------------------------------------------------------------------
 */

static bool has_role(pid_t pid)
{
	char path[64], target[4096];
	const char *name;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	n = readlink(path, target, sizeof(target) - 1);
	if (n <= 0)
		return false;
	target[n] = '\0';
	name = strrchr(target, '/');
	name = name ? name + 1 : target;
	return strcmp(name, strcmp(order.role, "command") == 0 ? "coracle" : order.role) == 0;
}

static void read_text(pid_t pid, uint64_t address, char *text, size_t size)
{
	struct iovec local = {text, size - 1};
	struct iovec remote = {(void *)(uintptr_t)address, size - 1};
	ssize_t n;

	/* A page behind it may be missing. */
	do {
		n = process_vm_readv(pid, &local, 1, &remote, 1, 0);
		remote.iov_len /= 2;
	} while (n < 0 && errno == EFAULT && remote.iov_len);
	text[n > 0 ? n : 0] = '\0';
}

static void read_link(pid_t pid, uint64_t fd, char *text, size_t size)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, (int)fd);
	n = readlink(path, text, size - 1);
	text[n > 0 ? n : 0] = '\0';
}

/* NULL: it does not count. */
static const struct call *kind_of(const struct call *call, const struct seccomp_notif *notice,
				  char object[256])
{
	const __u64 *args = notice->data.args;
	pid_t pid = (pid_t)notice->pid;
	uint64_t flags = args[2];

	object[0] = '\0';
	if (call->first != ANY) {
		bool is_file;

		read_link(pid, args[0], object, 256);
		is_file = object[0] == '/' && strncmp(object, "/dev/", 5) != 0;
		return is_file == (call->first == FILE_FD) ? call : NULL;
	}
	if (call->number == SYS_mmap) /* files are the dynamic loader's */
		return args[3] & MAP_ANONYMOUS ? call : NULL;
	if (call->number == SYS_epoll_ctl)
		return args[1] == EPOLL_CTL_ADD ? call : NULL;
	if (strcmp(call->kind, "open") != 0) {
		/* The last name that it is about, as far as there is one. */
		if (strstr(call->name, "at") || strcmp(call->name, "renameat2") == 0)
			read_text(pid, args[strncmp(call->name, "rename", 6) ? 1 : 3], object, 256);
		return call;
	}
	if (call->number == SYS_openat2)
		process_vm_readv(pid, &(struct iovec){&flags, sizeof(flags)}, 1,
				 &(struct iovec){(void *)(uintptr_t)args[2], sizeof(flags)}, 1, 0);
	read_text(pid, args[call->number == SYS_openat || call->number == SYS_openat2], object,
		  256);
#ifdef SYS_mkdir
	if (call->number == SYS_open)
		flags = args[1];
#endif
	if (flags & (O_CREAT | O_WRONLY | O_RDWR))
		return strncmp(object, "/dev/", 5) == 0 ? NULL : call;
	/* The dynamic loader's. */
	return strncmp(object, "/lib", 4) == 0 || strncmp(object, "/usr/lib", 8) == 0 ||
			       strncmp(object, "/etc/ld.so", 10) == 0
		       ? NULL
		       : &reading;
}

/* ---- refusing
 * ------------------------------------------------------------------------------------ */

/* After the first that failed. Who cannot do something must be able to say so. */
static bool goes_on(const struct call *call)
{
	if (order.once || call->first == SOCKET_FD)
		return false;
	for (size_t i = 0; i < MOST_ERRNOS; i++)
		if (call->errnos[i] == order.error)
			return true;
	return false;
}

/* Memory that the dynamic loader and libc's start do not get ends them, whatever they start:
 * counted is what a program asks for that has opened or made something. */
static bool is_begun[1 << 22];

static bool is_counted(const struct call *call, uint32_t pid)
{
	bool is_memory = strcmp(call->kind, "memory") == 0;

	pid %= sizeof(is_begun);
	if (!is_memory)
		is_begun[pid] = strncmp(call->name, "exec", 4) != 0;
	return !is_memory || is_begun[pid];
}

/* Many, and of kinds of their own. */
static bool is_apart(const struct call *call)
{
	return call == &reading || strcmp(call->kind, "memory") == 0;
}

/* The errno that it fails with, or 0. */
static int judge(const struct seccomp_notif *notice)
{
	const struct call *call = NULL;
	char object[256];

	if (!order.is_armed || !has_role((pid_t)notice->pid))
		return 0;
	for (size_t i = 0; i < CALL_COUNT; i++)
		if (calls[i].number == notice->data.nr)
			call = kind_of(&calls[i], notice, object);
	if (!call || !is_counted(call, notice->pid))
		return 0;
	if (order.hit)
		return goes_on(call) ? order.error : 0;
	if (strcmp(order.kind, "all") == 0 ? is_apart(call) : strcmp(order.kind, call->kind) != 0)
		return 0;
	for (size_t i = 0; i < MOST_ERRNOS; i++)
		order.counts[i] += call->errnos[i] != 0;
	if (!call->errnos[order.which] || order.counts[order.which] != order.wanted)
		return 0;
	order.hit = call;
	order.error = call->errnos[order.which];
	memcpy(order.object, object, sizeof(object));
	return order.error;
}

static void answer(int listener)
{
	struct seccomp_notif notice = {0};
	struct seccomp_notif_resp response = {0};
	int error;

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notice) < 0)
		return; /* it was killed */
	error = judge(&notice);
	response.id = notice.id;
	/* brk says no by another break than the one that is wanted. */
	response.error = notice.data.nr == SYS_brk ? 0 : -error;
	response.flags = error ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

static void obey(int fd)
{
	char line[256], reply[512];
	ssize_t n = recv(fd, line, sizeof(line) - 1, MSG_DONTWAIT);
	int once = 1;

	if (n <= 0)
		return;
	line[n] = '\0';
	if (strncmp(line, "arm ", 4) == 0) {
		order = (struct order){.is_armed = true};
		if (sscanf(line, "arm %31s %31s %u %d %ld", order.role, order.kind, &order.which,
			   &once, &order.wanted) != 5)
			exit(2);
		order.once = once;
		order.which %= MOST_ERRNOS;
		snprintf(reply, sizeof(reply), "armed");
	} else {
		order.is_armed = false;
		snprintf(reply, sizeof(reply), "%ld\t%ld\t%ld\t%s\t%d\t%s", order.counts[0],
			 order.counts[1], order.counts[2], order.hit ? order.hit->name : "-",
			 order.error, order.object);
	}
	send(fd, reply, strlen(reply), MSG_NOSIGNAL);
}

/* ---- the filter
 * ---------------------------------------------------------------------------------- */

static int install_filter(void)
{
	struct sock_filter program[CALL_COUNT * 2 + 2];
	struct sock_fprog description = {.filter = program};
	unsigned short n = 0;
	unsigned flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;

	program[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						    offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < CALL_COUNT; i++) {
		program[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							    (unsigned)calls[i].number, 0, 1);
		program[n++] =
			(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	}
	program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	description.len = n;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &description);
}

/* In the child: its parent takes the filter's descriptor, which is @number, while it is stopped. */
static void become(char **argv, int number)
{
	if (install_filter() != number) {
		perror("refuser: cannot install a filter");
		_exit(2);
	}
	raise(SIGSTOP);
	close(number);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

static int take_listener(pid_t pid, int pidfd, int number)
{
	int status;

	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
		return -1;
	return (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
}

static int serve(pid_t pid, int pidfd, int listener, int control)
{
	struct pollfd sources[] = {
		{.fd = listener, .events = POLLIN},
		{.fd = control, .events = POLLIN},
		{.fd = pidfd, .events = POLLIN},
	};
	int status;

	for (;;) {
		poll(sources, 3, -1);
		if (sources[0].revents & POLLIN)
			answer(listener);
		if (sources[1].revents & POLLIN)
			obey(control);
		if (sources[2].revents)
			break;
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	int control[2], next, pidfd, listener;
	char number[20];
	pid_t pid;

	if (argc < 2 || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, control) < 0)
		return 2;
	fcntl(control[0], F_SETFD, FD_CLOEXEC);
	snprintf(number, sizeof(number), "%d", control[1]);
	setenv("REFUSER", number, 1);
	next = dup(0);
	close(next);
	pid = fork();
	if (pid == 0)
		become(argv + 1, next);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	listener = pidfd < 0 ? -1 : take_listener(pid, pidfd, next);
	if (listener < 0) {
		perror("refuser");
		return 2;
	}
	kill(pid, SIGCONT);
	return serve(pid, pidfd, listener, control[0]);
}
