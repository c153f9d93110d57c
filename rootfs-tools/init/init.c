/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rootfs-tools/init/init.c - pid 1 of a container with `init: true`.
 *
 * Runs argv[1..] as its child, passes on every signal it gets, reaps whatever is orphaned to it,
 * and exits as the child does: with its code, or 128 plus the signal that killed it. It is static
 * and executed by descriptor, so it needs nothing of the image.
 *
 * As "coracle-reaper" it is the parent of a health check in a container that has a pid 1 of its
 * own: it stays until nothing is left of what its child has started. Whoever started it kills that,
 * and is told by the end of our standard error that the child has ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child gets a group and, if there is one, the terminal of its own: a ^C then reaches it once,
 * from the terminal, and not a second time from us. */
static void run(char **args, const sigset_t *mask)
{
	setpgid(0, 0);
	if (tcsetpgrp(STDIN_FILENO, getpid()) < 0 && errno != ENOTTY && errno != ENXIO)
		errno = 0;
	signal(SIGTTOU, SIG_DFL);
	signal(SIGTTIN, SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(args[0], args);
	dprintf(STDERR_FILENO, "init: cannot execute '%s': %s\n", args[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* Reaps all that have exited. Returns the child's exit status once it is among them, else -1. */
static int reap(pid_t child)
{
	int result = -1, status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == child)
			result = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return result;
}

/* Our standard error is not the child's: it says by its end that the child has ended. */
static int split_error(void)
{
	int told = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);

	dup2(STDOUT_FILENO, STDERR_FILENO);
	return told;
}

static void wait_for_rest(int told)
{
	close(told);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR) {
	}
}

static int is_own_fault(int number)
{
	return number == SIGFPE || number == SIGILL || number == SIGSEGV || number == SIGBUS ||
	       number == SIGABRT || number == SIGTRAP || number == SIGSYS;
}

int main(int argc, char **argv)
{
	sigset_t all, before;
	siginfo_t info;
	int is_reaper = strcmp(argv[0], "coracle-reaper") == 0;
	int status = -1, told = is_reaper ? split_error() : -1;
	pid_t child;

	if (argc < 2) {
		dprintf(STDERR_FILENO, "usage: init COMMAND [ARGUMENT...]\n");
		return 125;
	}
	sigfillset(&all);
	for (int number = 1; number < NSIG; number++)
		if (is_own_fault(number))
			sigdelset(&all, number);
	sigprocmask(SIG_SETMASK, &all, &before);
	/* Handing the terminal over must not stop a process in the background. */
	signal(SIGTTOU, SIG_IGN);
	signal(SIGTTIN, SIG_IGN);
	child = fork();
	if (child < 0) {
		dprintf(STDERR_FILENO, "init: cannot fork: %s\n", strerror(errno));
		return 125;
	}
	if (child == 0)
		run(argv + 1, &before);
	while (status < 0) {
		if (sigwaitinfo(&all, &info) < 0)
			continue;
		if (info.si_signo == SIGCHLD)
			status = reap(child);
		else
			kill(child, info.si_signo);
	}
	if (is_reaper)
		wait_for_rest(told);
	return status;
}
