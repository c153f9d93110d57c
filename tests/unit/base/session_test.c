/* SPDX-License-Identifier: Apache-2.0 */
#include "base/session.h"

#include "base/cleanup.h"
#include "base/strvec.h"
#include "tests/harness/harness.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Everything is inherited, so each case has a process of its own, whose exit code is its result. */
static int in_child(int (*run)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(run());
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static int leave_with_signals(void)
{
	struct sigaction action;
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGCHLD, SIG_IGN);
	signal(SIGRTMIN, SIG_IGN);
	session_leave();
	sigprocmask(SIG_BLOCK, NULL, &set);
	for (int number = 1; number < NSIG; number++)
		if (sigismember(&set, number) == 1)
			return 1;
	sigaction(SIGCHLD, NULL, &action);
	if (action.sa_handler != SIG_DFL)
		return 2;
	sigaction(SIGRTMIN, NULL, &action);
	return action.sa_handler != SIG_DFL ? 3 : 0;
}

TEST(signals_are_neither_blocked_nor_ignored)
{
	CHECK_INT(in_child(leave_with_signals), 0);
}

static int leave_with_limits(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 20;
	setrlimit(RLIMIT_NOFILE, &limit);
	session_leave();
	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur != limit.rlim_max)
		return 1;
	umask(077);
	session_leave();
	return umask(0) != 022;
}

TEST(soft_limits_and_umask_are_the_defaults)
{
	CHECK_INT(in_child(leave_with_limits), 0);
}

static int try_with_a_hard_limit(void)
{
	auto_strvec struct strvec problems = {0};
	struct rlimit limit = {30, 30}, now;

	setrlimit(RLIMIT_NOFILE, &limit);
	session_try(&problems);
	getrlimit(RLIMIT_NOFILE, &now);
	if (now.rlim_max != 30) /* we may raise it */
		return 0;
	strvec_each (problem, &problems)
		if (strstr(*problem, "'nofile' is at most 30"))
			return 0;
	return 1;
}

TEST(a_limit_that_cannot_be_raised_is_told)
{
	CHECK_INT(in_child(try_with_a_hard_limit), 0);
}
