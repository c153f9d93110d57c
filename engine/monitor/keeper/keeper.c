/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/monitor/keeper/keeper.c - parent of a monitor, and what is left of it when it is killed.
 *
 *   keeper MONITOR-PID START START-WITH-TERMINAL MONITOR-PATH ROOT RUN ID
 *
 * It holds the container's output (FIFOs or the terminal's master) so that none of it is lost,
 * reaps what the monitor leaves behind, so that no exit code is lost, and starts a fresh monitor.
 * It ends with its monitor when that ends by itself. There is one beside each container, so it is a
 * few pages large: no libc, no heap, no wake-up while the monitor lives. Only system calls that
 * every kernel since 5.10 has.
 */
#include "base/bare.h"
#include "engine/keeper_protocol.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#define QUICK_DEATHS	  3  /* of monitors that lived for less than a second: then we wait */
#define MOST_QUICK_DEATHS 30 /* then the next coracle command has to look */
#define MOST_FAILURES	  30 /* in a row, of monitors that could not take over */
#define CLOEXEC		  O_CLOEXEC

static long call(long number, long a, long b, long c, long d)
{
	return bare_call(number, a, b, c, d, 0);
}

static void leave(int code)
{
	for (;;)
		call(SYS_exit_group, code, 0, 0, 0);
}

static int from_text(const char *text)
{
	int value = 0;

	while (*text >= '0' && *text <= '9')
		value = value * 10 + (*text++ - '0');
	return value;
}

struct keeper {
	char **starts; /* of a monitor without and with a terminal: see engine/monitor_start.h */
	char **args;   /* MONITOR-PATH ROOT RUN ID */
	char **environment;
	int monitor;
	bool has_ended; /* the monitor, as @monitor_status tells */
	int monitor_status;
	struct keeper_run run;	/* pid 0: the monitor has not begun */
	struct keeper_end last; /* pid 0: the run has not been orphaned and ended */
	struct timespec begun;
	int quick_deaths, failures;
};

/* What came may have got the very numbers that are to be replaced. */
static void take_over(const int *fds, size_t count, bool has_terminal)
{
	int to = has_terminal ? KEEPER_TERMINAL_FD : KEEPER_STDOUT_FD;
	long high[2];

	for (size_t i = 0; i < count; i++) {
		high[i] = call(SYS_fcntl, fds[i], F_DUPFD, KEEPER_FD_END, 0);
		call(SYS_close, fds[i], 0, 0, 0);
	}
	call(SYS_close_range, KEEPER_TERMINAL_FD, KEEPER_STDERR_FD, 0, 0);
	for (size_t i = 0; i < count; i++) {
		call(SYS_dup3, high[i], to + (int)i, 0, 0);
		call(SYS_close, high[i], 0, 0, 0);
	}
}

static void send_end(const struct keeper *keeper)
{
	call(SYS_sendto, KEEPER_SOCKET_FD, (long)&keeper->last, sizeof(keeper->last),
	     MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* False: the socket's other end is closed. */
static bool hear(struct keeper *keeper)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(2 * sizeof(int))];
	} control = {0};
	struct keeper_run run;
	struct iovec part = {.iov_base = &run, .iov_len = sizeof(run)};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	long n = call(SYS_recvmsg, KEEPER_SOCKET_FD, (long)&message, MSG_DONTWAIT, 0);
	size_t count = 0;

	if (n <= 0)
		return false;
	if (message.msg_controllen >= sizeof(struct cmsghdr) &&
	    control.header.cmsg_type == SCM_RIGHTS)
		count = (control.header.cmsg_len - CMSG_LEN(0)) / sizeof(int); /* at most 2 */
	take_over((const int *)CMSG_DATA(&control.header), count,
		  n == sizeof(run) && run.has_terminal);
	if (n != sizeof(run))
		return true;
	keeper->run = run;
	keeper->failures = 0;
	keeper->last.pid = 0;
	return true;
}

static void reap(struct keeper *keeper)
{
	int status;
	long pid;

	while ((pid = call(SYS_wait4, -1, (long)&status, WNOHANG, 0)) > 0) {
		if (pid == keeper->monitor) {
			keeper->has_ended = true;
			keeper->monitor_status = status;
		} else if (pid == keeper->run.pid) {
			keeper->last = (struct keeper_end){.pid = (int)pid, .status = status};
			send_end(keeper);
		}
	}
}

/* In the child. */
static void become_monitor(const struct keeper *keeper)
{
	char *argv[] = {(char[]){"coracle-monitor"},
			keeper->args[1],
			keeper->args[2],
			keeper->args[3],
			keeper->args[3],
			keeper->starts[keeper->run.has_terminal ? 1 : 0],
			NULL};
	unsigned long none = 0; /* the kernel's signal set */

	call(SYS_close_range, KEEPER_STDOUT_FD, KEEPER_SIGNAL_FD, 0, 0);
	call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, sizeof(none));
	call(SYS_execve, (long)keeper->args[0], (long)argv, (long)keeper->environment, 0);
	leave(127);
}

static void wait_a_moment(struct keeper *keeper)
{
	struct timespec now = {0}, second = {.tv_sec = 1};

	if (WIFEXITED(keeper->monitor_status)) { /* a full disk, no descriptors */
		if (++keeper->failures > MOST_FAILURES)
			leave(1);
		call(SYS_nanosleep, (long)&second, 0, 0, 0);
		return;
	}
	call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&now, 0, 0);
	if (now.tv_sec - keeper->begun.tv_sec > 1)
		keeper->quick_deaths = 0;
	else if (++keeper->quick_deaths > MOST_QUICK_DEATHS)
		leave(1);
	else if (keeper->quick_deaths > QUICK_DEATHS)
		call(SYS_nanosleep, (long)&second, 0, 0, 0);
}

static void start_monitor(struct keeper *keeper)
{
	int pair[2];
	long pid;

	wait_a_moment(keeper);
	if (call(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET, 0, (long)pair) < 0)
		leave(1);
	/* Ours becomes number 3 here, the other one number 3 in the child. */
	call(SYS_dup3, pair[0], KEEPER_SOCKET_FD, CLOEXEC, 0);
	call(SYS_close, pair[0], 0, 0, 0);
	if (keeper->last.pid)
		send_end(keeper);
	pid = call(SYS_clone, SIGCHLD, 0, 0, 0);
	if (pid == 0) {
		call(SYS_dup3, pair[1], KEEPER_SOCKET_FD, 0, 0);
		call(SYS_close, pair[1], 0, 0, 0);
		become_monitor(keeper);
	}
	call(SYS_close, pair[1], 0, 0, 0);
	if (pid < 0)
		leave(1);
	keeper->monitor = (int)pid;
	keeper->has_ended = false;
	call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&keeper->begun, 0, 0);
}

static void keep(struct keeper *keeper)
{
	struct pollfd sources[2] = {
		{.fd = KEEPER_SIGNAL_FD, .events = POLLIN},
		{.fd = KEEPER_SOCKET_FD, .events = POLLIN},
	};
	char signals[128 * 4];

	reap(keeper);
	for (;;) {
		if (keeper->has_ended) {
			while (hear(keeper)) {
			}
			/* Its work is done, or there was no container to guard yet. */
			if (keeper->monitor_status == 0 || !keeper->run.pid)
				leave(0);
			start_monitor(keeper);
			sources[1].fd = KEEPER_SOCKET_FD;
		}
		call(SYS_ppoll, (long)sources, 2, 0, 0);
		if (sources[0].revents)
			call(SYS_read, KEEPER_SIGNAL_FD, (long)signals, sizeof(signals), 0);
		if (sources[1].fd >= 0 && sources[1].revents && !hear(keeper))
			sources[1].fd = -1;
		reap(keeper);
	}
}

__attribute__((used, noreturn)) static void begin(long *stack)
{
	long argc = stack[0];
	char **argv = (char **)(stack + 1);
	unsigned long all = ~0UL, child = 1UL << (SIGCHLD - 1);
	long fd;
	struct keeper keeper = {0};

	if (argc != 8)
		leave(2);
	keeper.monitor = from_text(argv[1]);
	keeper.starts = argv + 2;
	keeper.args = argv + 4;
	keeper.environment = argv + argc + 1;
	call(SYS_prctl, PR_SET_NAME, (long)"coracle:keeper", 0, 0);
	call(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0);
	call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, 0, sizeof(all));
	fd = call(SYS_signalfd4, -1, (long)&child, sizeof(child), CLOEXEC);
	if (fd < 0)
		leave(1);
	if (fd != KEEPER_SIGNAL_FD) {
		call(SYS_dup3, fd, KEEPER_SIGNAL_FD, CLOEXEC, 0);
		call(SYS_close, fd, 0, 0, 0);
	}
	call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&keeper.begun, 0, 0);
	keep(&keeper);
	leave(0);
	__builtin_unreachable();
}

BARE_ENTRY(begin);
