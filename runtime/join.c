/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/join.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/peek.h"
#include "base/process.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdbool.h>

/* The mount namespace comes late: /proc is the host's only before. */
static const struct namespace
{
	const char *file;
	int flag;
}
namespaces[] = {
	{"user", CLONE_NEWUSER}, {"time", CLONE_NEWTIME}, {"net", CLONE_NEWNET},
	{"ipc", CLONE_NEWIPC},	 {"uts", CLONE_NEWUTS},	  {"cgroup", CLONE_NEWCGROUP},
	{"pid", CLONE_NEWPID},	 {"mnt", CLONE_NEWNS},
};

/* What a pidfd opens at once takes CAP_SYS_PTRACE, when the process is not root's. */
static bool join_one_by_one(int pidfd, int flags)
{
	pid_t pid = process_number(pidfd);

	for (size_t i = 0; i < array_length(namespaces); i++) {
		auto_free char *path = alloc_format("/proc/%d/ns/%s", pid, namespaces[i].file);
		auto_close int fd = -1;

		if (!(flags & namespaces[i].flag))
			continue;
		fd = peek_open(path);
		if (fd < 0 || process_has_exited(pidfd) || setns(fd, namespaces[i].flag) < 0)
			return false;
	}
	return true;
}

/* pidfds as namespaces came with Linux 5.8. */
int join_namespaces(int pidfd, int flags, struct error *err)
{
	int reason;

	if (setns(pidfd, flags) == 0)
		return 0;
	reason = errno;
	if (reason == EPERM && join_one_by_one(pidfd, flags))
		return 0;
	return error_number(err, reason, "cannot join the container's namespaces");
}
