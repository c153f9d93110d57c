/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/guard.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The parent may have ended before the kernel was asked. */
static void tie_to(int parent_fd)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (process_has_exited(parent_fd))
		_exit(1);
}

pid_t guard_fork(struct guard *guard, struct error *err)
{
	auto_close int parent_fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	*guard = (struct guard){-1, -1};
	if (parent_fd < 0)
		return error_errno(err, "cannot open this process");
	guard->pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID | CLONE_PIDFD | SIGCHLD, NULL,
				    &guard->pidfd, NULL, NULL);
	if (guard->pid < 0)
		return error_errno(err, "cannot create a process");
	if (guard->pid == 0)
		tie_to(parent_fd);
	return guard->pid;
}

/* Earlier the number is not that of a namespace but of the whole machine. */
static bool namespace_has_limit(void)
{
	unsigned major = 0, minor = 0;
	struct utsname name;

	return uname(&name) == 0 && sscanf(name.release, "%u.%u", &major, &minor) == 2 &&
	       (major > 6 || (major == 6 && minor >= 14));
}

void guard_limit(unsigned most)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", most);
	if (namespace_has_limit())
		file_write_pseudo(AT_FDCWD, "/proc/sys/kernel/pid_max", text, NULL);
}
