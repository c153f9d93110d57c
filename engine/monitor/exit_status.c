/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/monitor/exit_status.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

/* linux/pidfd.h of 6.13 and 6.15; Debian 12's headers are older. */
struct pidfd_info_v0 {
	uint64_t mask;
	uint64_t cgroup_id;
	uint32_t pid, tgid, ppid;
	uint32_t uids_and_gids[8];
	int32_t exit_code;
};

#define PIDFD_GET_INFO_V0 _IOWR(0xFF, 11, struct pidfd_info_v0)
#define PIDFD_INFO_EXIT	  (UINT64_C(1) << 3)

/* include/linux/sched.h, shown in field 9 of /proc/PID/stat. */
#define PF_EXITING 0x4

static int to_code(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

/* Known once the process has been reaped; until then the call succeeds without the mask's bit. */
static int ask_kernel(int pidfd, int *code)
{
	struct pidfd_info_v0 info = {.mask = PIDFD_INFO_EXIT};

	if (ioctl(pidfd, PIDFD_GET_INFO_V0, &info) < 0 || !(info.mask & PIDFD_INFO_EXIT))
		return -1;
	*code = to_code(info.exit_code);
	return 0;
}

/* /proc/PID/stat from the state, field 3, on; NULL when it has gone. */
static const char *read_stat(pid_t pid, char *text, size_t size)
{
	auto_close int fd = -1;
	char path[40], *at;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, size - 1);
	if (n <= 0)
		return NULL;
	text[n] = '\0';
	at = strrchr(text, ')');
	return at && at[1] == ' ' ? at + 2 : NULL;
}

/* Field 52 of a zombie. */
static int ask_zombie(pid_t pid, int *code)
{
	char text[2048];
	const char *at = read_stat(pid, text, sizeof(text));
	int wait_status;

	if (!at || *at != 'Z' || sscanf(strrchr(at, ' '), "%d", &wait_status) != 1)
		return -1;
	*code = to_code(wait_status);
	return 0;
}

bool exit_status_is_near(pid_t pid)
{
	char text[2048];
	const char *at = read_stat(pid, text, sizeof(text));
	unsigned flags;

	return !at || sscanf(at, "%*c %*d %*d %*d %*d %*d %u", &flags) != 1 || flags & PF_EXITING;
}

int exit_status_of_foreign(int pidfd, pid_t pid)
{
	int code;

	for (int attempt = 0; attempt < 20; attempt++) {
		struct pollfd gone = {.fd = pidfd, .events = POLLHUP};

		if (ask_zombie(pid, &code) == 0 || ask_kernel(pidfd, &code) == 0)
			return code;
		gone.events = 0; /* POLLHUP comes when it is reaped */
		poll(&gone, 1, 50);
	}
	return -1;
}
