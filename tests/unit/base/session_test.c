/* SPDX-License-Identifier: Apache-2.0 */
#include "base/session.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "tests/harness/harness.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
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

static bool file_says(const char *path, const char *text)
{
	auto_strbuf struct strbuf content = {0};

	return file_read(AT_FDCWD, path, 65536, &content, NULL) == 0 &&
	       strstr(strbuf_text(&content), text);
}

static int leave_with_switches(void)
{
	auto_close int filter = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);

	prctl(PR_SET_TIMERSLACK, 123456, 0, 0, 0);
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0);
	personality(ADDR_NO_RANDOMIZE | READ_IMPLIES_EXEC);
	if (write(filter, "1", 1) != 1)
		return 1;
	session_leave();
	if (prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0) != 50000)
		return 2;
	if (prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) != 0)
		return 3;
	if (prctl(PR_MCE_KILL_GET, 0, 0, 0, 0) != PR_MCE_KILL_DEFAULT)
		return 4;
	if (personality(~0UL) != PER_LINUX)
		return 5;
	return file_says("/proc/self/coredump_filter", "00000033") ? 0 : 6;
}

TEST(switches_of_the_kernel_are_as_at_boot)
{
	CHECK_INT(in_child(leave_with_switches), 0);
}

static int leave_with_ids(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};
	gid_t groups[] = {4, 5};

	syscall(SYS_capget, &header, data);
	data[0].inheritable = 1U << CAP_CHOWN;
	syscall(SYS_capset, &header, data);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0);
	prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0);
	if (setgroups(2, groups) < 0 || setresgid(7, 0, 0) < 0 || setresuid(7, 0, 0) < 0)
		return 1;
	session_leave();
	if (getuid() != 0 || getgid() != 0 || getgroups(0, NULL) != 0)
		return 2;
	if (prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) != 0)
		return 3;
	return file_says("/proc/self/status", "CapInh:\t0000000000000000") &&
			       file_says("/proc/self/status", "CapAmb:\t0000000000000000")
		       ? 0
		       : 4;
}

TEST(root_has_no_ids_and_capabilities_of_somebody_else)
{
	if (geteuid() != 0)
		test_skip("needs root");
	CHECK_INT(in_child(leave_with_ids), 0);
}

static int begin_oddly(void)
{
	int is_reaper = -1, high = fcntl(0, F_DUPFD, 700);
	struct utsname name;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	personality(UNAME26);
	signal(SIGCHLD, SIG_IGN);
	if (geteuid() == 0 && (setresgid(7, 0, 0) < 0 || setresuid(7, 0, 0) < 0))
		return 6;
	close(0);
	close(2);
	session_begin();
	if (getuid() != geteuid() || getgid() != getegid())
		return 7;
	prctl(PR_GET_CHILD_SUBREAPER, &is_reaper, 0, 0, 0);
	if (is_reaper != 0)
		return 1;
	if (uname(&name) < 0 || strncmp(name.release, "2.6.", 4) == 0)
		return 2;
	if (signal(SIGCHLD, SIG_DFL) != SIG_DFL)
		return 3;
	if (fcntl(0, F_GETFD) != 0 || fcntl(2, F_GETFD) != 0)
		return 4;
	return fcntl(high, F_GETFD) == FD_CLOEXEC ? 0 : 5;
}

TEST(a_program_begins_well_wherever_it_is_started)
{
	CHECK_INT(in_child(begin_oddly), 0);
}

static int detach(void)
{
	char where[10];

	session_detach();
	if (getsid(0) != getpid())
		return 1;
	return getcwd(where, sizeof(where)) && strcmp(where, "/") == 0 ? 0 : 2;
}

TEST(what_outlives_a_command_has_neither_its_session_nor_its_directory)
{
	CHECK_INT(in_child(detach), 0);
}

static int try_with_no_new_privs(void)
{
	auto_strvec struct strvec problems = {0};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	session_try(&problems);
	strvec_each (problem, &problems)
		if (strstr(*problem, "no_new_privs"))
			return 0;
	return 1;
}

TEST(what_cannot_be_taken_off_is_told)
{
	CHECK_INT(in_child(try_with_no_new_privs), 0);
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
