/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/listener/listener.c - holds the API's socket while no server runs, where no service manager
 * does.
 *
 *   listener SOCKET-PATH SERVER-PATH SERVER-WORD...
 *
 * The socket is descriptor 3. The first connection starts the server, which gets it under the same
 * number and ends when nobody has been connected for a while; until then nobody looks at the socket
 * here. It goes with SIGTERM, SIGINT or SIGHUP, and takes socket and server along; open connections
 * are their own processes and go on. It is resident, so it is a few pages large: no libc, no heap,
 * no timers while nothing comes. Only system calls that every kernel since 5.10 has.
 */
#include "base/bare.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#define SOCKET_FD	  3
#define SIGNAL_FD	  4
#define LONGEST_PATIENCE  16 /* seconds between two starts of a server that does not run */
#define HEALTHY_SECONDS	  2  /* who lives as long has started */
#define CANNOT_BE_STARTED 127

static long call(long number, long a, long b, long c, long d)
{
	return bare_call(number, a, b, c, d, 0);
}

static void leave(int code)
{
	for (;;)
		call(SYS_exit_group, code, 0, 0, 0);
}

struct listener {
	const char *path;
	char **server; /* its path and its words */
	char **environment;
	long pid; /* of the server; 0: none runs */
	int status;
	bool is_ending;
	struct timespec begun;
	int patience; /* seconds until the next start; 0: at once */
};

/* --- what is said ----------------------------------------------------------------------------- */

static void say(const char *text)
{
	size_t length = 0;

	while (text[length])
		length++;
	call(SYS_write, 2, (long)text, (long)length, 0);
}

static void say_number(int value)
{
	char digits[12], *at = digits + sizeof(digits) - 1;

	*at = '\0';
	do
		*--at = (char)('0' + value % 10);
	while ((value /= 10) > 0);
	say(at);
}

static void say_end(const struct listener *listener)
{
	say("coracle: the API server ");
	if (WIFSIGNALED(listener->status)) {
		say("was ended by signal ");
		say_number(WTERMSIG(listener->status));
	} else if (WEXITSTATUS(listener->status) == CANNOT_BE_STARTED) {
		say("cannot be executed: ");
		say(listener->server[0]);
	} else {
		say("ended with code ");
		say_number(WEXITSTATUS(listener->status));
	}
	if (listener->patience) {
		say("; it is started again in ");
		say_number(listener->patience);
		say(" s, when somebody is waiting");
	}
	say("\n");
}

/* --- the server ------------------------------------------------------------------------------- */

static void become_server(const struct listener *listener)
{
	unsigned long none = 0;

	call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, sizeof(none));
	call(SYS_execve, (long)listener->server[0], (long)(listener->server + 1),
	     (long)listener->environment, 0);
	leave(CANNOT_BE_STARTED);
}

static void be_patient(struct listener *listener)
{
	listener->patience = listener->patience ? 2 * listener->patience : 1;
	if (listener->patience > LONGEST_PATIENCE)
		listener->patience = LONGEST_PATIENCE;
}

static void start_server(struct listener *listener)
{
	long pid = call(SYS_clone, SIGCHLD, 0, 0, 0);

	if (pid == 0)
		become_server(listener);
	call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&listener->begun, 0, 0);
	if (pid > 0) {
		listener->pid = pid;
		return;
	}
	be_patient(listener);
	say("coracle: the API server cannot be started: no memory or too many processes\n");
}

/* One that has run has had its clients: the next one need not wait. */
static void see_end(struct listener *listener)
{
	struct timespec now = {0};

	listener->pid = 0;
	call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&now, 0, 0);
	if (listener->status == 0 || now.tv_sec - listener->begun.tv_sec >= HEALTHY_SECONDS)
		listener->patience = 0;
	else
		be_patient(listener);
	if (listener->status)
		say_end(listener);
}

/* --- the loop --------------------------------------------------------------------------------- */

static void take_signals(struct listener *listener)
{
	struct signalfd_siginfo info;
	int status;
	long pid;

	while (call(SYS_read, SIGNAL_FD, (long)&info, sizeof(info), 0) == sizeof(info))
		if (info.ssi_signo != SIGCHLD)
			listener->is_ending = true;
	while ((pid = call(SYS_wait4, -1, (long)&status, WNOHANG, 0)) > 0)
		if (pid == listener->pid) {
			listener->status = status;
			see_end(listener);
		}
}

/* While it waits, what has come stays in the socket's queue. */
static void wait_patiently(const struct listener *listener)
{
	struct pollfd signals = {.fd = SIGNAL_FD, .events = POLLIN};
	struct timespec now = {0}, left = {0};

	call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&now, 0, 0);
	left.tv_sec = listener->begun.tv_sec + listener->patience - now.tv_sec;
	if (left.tv_sec > 0)
		call(SYS_ppoll, (long)&signals, 1, (long)&left, 0);
}

static void listen_on(struct listener *listener)
{
	while (!listener->is_ending) {
		struct pollfd sources[2] = {
			{.fd = SIGNAL_FD, .events = POLLIN},
			{.fd = listener->pid ? -1 : SOCKET_FD, .events = POLLIN},
		};

		if (!listener->pid && listener->patience)
			wait_patiently(listener);
		call(SYS_ppoll, (long)sources, 2, 0, 0);
		if (sources[0].revents)
			take_signals(listener);
		else if (sources[1].revents)
			start_server(listener);
	}
}

static void end_server(const struct listener *listener)
{
	if (!listener->pid)
		return;
	call(SYS_kill, listener->pid, SIGTERM, 0, 0);
	call(SYS_wait4, listener->pid, 0, 0, 0);
}

__attribute__((used, noreturn)) static void begin(long *stack)
{
	long argc = stack[0];
	char **argv = (char **)(stack + 1);
	unsigned long set = 1UL << (SIGCHLD - 1) | 1UL << (SIGTERM - 1) | 1UL << (SIGINT - 1) |
			    1UL << (SIGHUP - 1);
	struct listener listener = {0};
	long fd;

	if (argc < 4)
		leave(2);
	listener.path = argv[1];
	listener.server = argv + 2;
	listener.environment = argv + argc + 1;
	call(SYS_close_range, SIGNAL_FD, ~0U, 0, 0);
	call(SYS_prctl, PR_SET_NAME, (long)"coracle:listen", 0, 0);
	call(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0);
	call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&set, 0, sizeof(set));
	fd = call(SYS_signalfd4, -1, (long)&set, sizeof(set), SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd != SIGNAL_FD)
		leave(1);
	listen_on(&listener);
	call(SYS_unlinkat, AT_FDCWD, (long)listener.path, 0, 0);
	end_server(&listener);
	leave(0);
	__builtin_unreachable();
}

BARE_ENTRY(begin);
