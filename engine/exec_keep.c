/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/exec_keep.h"

#include "base/cleanup.h"
#include "base/process.h"
#include "base/session.h"
#include "runtime/exec.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

/* What is written goes nowhere. EIO: nobody has the terminal open any more. */
static void drain(int terminal_fd)
{
	char bytes[4096];
	ssize_t n;

	do {
		struct pollfd terminal = {.fd = terminal_fd, .events = POLLIN};

		n = read(terminal_fd, bytes, sizeof(bytes));
		if (n < 0 && errno == EAGAIN)
			poll(&terminal, 1, -1);
	} while (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
}

/* Our user's terminal may close at any moment: that is nothing to this process. */
static void be_deaf(void)
{
	static const int unheard[] = {SIGHUP, SIGINT, SIGQUIT};

	for (size_t i = 0; i < array_length(unheard); i++)
		signal(unheard[i], SIG_IGN);
}

static void keep(const struct exec_process *child)
{
	be_deaf(); /* to what has come, and is blocked */
	session_detach();
	be_deaf();
	if (child->terminal_fd != 3 && dup2(child->terminal_fd, 3) < 0)
		_exit(1);
	process_close_from(4);
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	process_ensure_stdio();
	drain(3);
	_exit(0);
}

void exec_keep(const struct exec_process *child)
{
	sigset_t all, before;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	if (fork() == 0)
		keep(child);
	sigprocmask(SIG_SETMASK, &before, NULL);
}
