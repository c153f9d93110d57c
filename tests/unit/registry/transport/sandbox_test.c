/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/transport/sandbox.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "tests/harness/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs @attempt in a process that has entered the sandbox; returns its exit code. */
static int run_locked(int (*attempt)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct error err = {0};

		_exit(sandbox_enter(&err) < 0 ? 99 : attempt());
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#ifdef __SANITIZE_ADDRESS__
/* The filter is not loaded then: see IS_SANITIZED. */
#define NEEDS_FILTER test_skip("a sanitizer needs more system calls")
#else
#define NEEDS_FILTER (void)0
#endif

static int try_nothing(void)
{
	return write(STDOUT_FILENO, "", 0) == 0 ? 0 : 1;
}

TEST(what_is_needed_still_works)
{
	CHECK_INT(run_locked(try_nothing), 0);
}

static int try_root(void)
{
	uid_t real, effective, saved;

	if (getresuid(&real, &effective, &saved) == 0 &&
	    (real == 0 || effective == 0 || saved == 0))
		return 1;
	return setuid(0) == 0 ? 2 : 0;
}

TEST(root_is_given_up)
{
	/* getresuid is none of the calls that the filter allows: it says ENOSYS, the id is that of
	 * geteuid. */
	CHECK_INT(run_locked(try_root), 0);
}

static int try_exec(void)
{
	char name[] = "/bin/true";
	char *const argv[] = {name, NULL}, *const env[] = {NULL};

	execve(name, argv, env);
	return errno == ENOSYS ? 0 : 1;
}

TEST(nothing_can_be_executed)
{
	NEEDS_FILTER;
	CHECK_INT(run_locked(try_exec), 0);
}

static int try_fork(void)
{
	return fork() < 0 ? 0 : 1;
}

TEST(no_process_can_be_made)
{
	NEEDS_FILTER;
	CHECK_INT(run_locked(try_fork), 0);
}

static int try_trace(void)
{
	if (ptrace(PTRACE_SEIZE, getppid(), 0, 0) == 0 || kill(getpid(), 0) == 0)
		return 1;
	return syscall(SYS_process_vm_readv, getpid(), NULL, 0, NULL, 0, 0) == 0;
}

TEST(no_process_can_be_looked_into)
{
	NEEDS_FILTER;
	CHECK_INT(run_locked(try_trace), 0);
}

static int try_write(void)
{
	return open("/tmp/coracle-sandbox-test", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0 ||
	       open("/dev/null", O_RDWR | O_CLOEXEC) >= 0 ||
	       mkdir("/tmp/coracle-sandbox", 0700) == 0 ||
	       unlink("/tmp/coracle-sandbox-nothing") == 0 || errno == ENOENT;
}

TEST(no_file_can_be_opened_for_writing)
{
	NEEDS_FILTER;
	CHECK_INT(run_locked(try_write), 0);
}

static int try_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
	       MAP_FAILED;
}

TEST(no_memory_becomes_code)
{
	NEEDS_FILTER;
	CHECK_INT(run_locked(try_code), 0);
}

static int try_sockets(void)
{
	if (socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0)
		return 1;
	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || socket(AF_PACKET, SOCK_RAW, 0) >= 0 ||
	       socket(AF_INET, SOCK_RAW, 1) >= 0 || syscall(SYS_unshare, CLONE_NEWUSER) == 0;
}

TEST(of_sockets_only_those_of_the_network)
{
	NEEDS_FILTER;
	CHECK_INT(run_locked(try_sockets), 0);
}

static int try_read(void)
{
	if (open("/etc/resolv.conf", O_RDONLY | O_CLOEXEC) < 0 && errno != ENOENT)
		return 1;
	return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0 ||
	       open("/proc/self/status", O_RDONLY | O_CLOEXEC) >= 0;
}

TEST(few_files_can_be_read)
{
	NEEDS_FILTER;
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 1)
		test_skip("this kernel has no Landlock");
	CHECK_INT(run_locked(try_read), 0);
}
