/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel can do, and whether a filter of system calls is in the way. */
#include "engine/survey/survey_private.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#define NEW_KERNEL "run Linux 5.10 or newer; a filter of system calls (seccomp) may forbid it too"

static void check_version(struct survey *survey)
{
	struct utsname name = {0};
	int major = 0, minor = 0;

	uname(&name);
	sscanf(name.release, "%d.%d", &major, &minor);
	survey_say(survey, "kernel",
		   major > 5 || (major == 5 && minor >= 10) ? SURVEY_OK : SURVEY_MISSING,
		   arena_format(survey->arena, "Linux %s on %s", name.release, name.machine));
	survey_advise(survey, NEW_KERNEL);
}

static void close_result(long fd)
{
	if (fd >= 0)
		close((int)fd);
}

static int try_openat2(void)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
	long fd = syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof(how));

	close_result(fd);
	return fd < 0 ? errno : 0;
}

static int try_pidfd(void)
{
	long fd = syscall(SYS_pidfd_open, getpid(), 0);

	close_result(fd);
	return fd < 0 ? errno : 0;
}

static int try_seccomp(void)
{
	unsigned action = SECCOMP_RET_ERRNO;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0 ? errno : 0;
}

static int try_filesystem(const char *type, bool mounts)
{
	auto_close int context = fsopen(type, FSOPEN_CLOEXEC);
	auto_close int fd = -1;

	if (context < 0)
		return errno;
	if (!mounts)
		return 0;
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return errno;
	fd = fsmount(context, FSMOUNT_CLOEXEC, 0);
	return fd < 0 ? errno : 0;
}

static int try_overlay(void)
{
	return try_filesystem("overlay", false);
}

static int try_mount(void)
{
	return try_filesystem("tmpfs", true);
}

static int try_proc(void)
{
	return try_filesystem("proc", true);
}

static int try_clone_mount(void)
{
	int fd = open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	int reason = errno;

	close_result(fd);
	return fd < 0 ? reason : 0;
}

#define ALLOW_MOUNTS                                                                               \
	"give the container CAP_SYS_ADMIN, and an AppArmor profile that lets it mount (docker "    \
	"run "                                                                                     \
	"--privileged, or --cap-add SYS_ADMIN --security-opt apparmor=unconfined)"

static const struct trial {
	const char *name;
	int (*run)(void); /* errno, 0: it can be */
	const char *remedy;
} trials[] = {
	{"openat2", try_openat2, NEW_KERNEL},
	{"pidfd", try_pidfd, NEW_KERNEL},
	{"seccomp", try_seccomp, "run a kernel with CONFIG_SECCOMP_FILTER"},
	{"overlayfs", try_overlay,
	 "load the module: modprobe overlay, on the host; and see 'mounts'"},
	{"mounts", try_mount, ALLOW_MOUNTS},
	{"bind mounts", try_clone_mount, ALLOW_MOUNTS},
	{"procfs", try_proc,
	 "let the container see all of /proc (docker run --security-opt systempaths=unconfined); "
	 "and see 'mounts'"},
};

static void check_namespaces(struct survey *survey)
{
	static const char *const names[] = {"mnt", "pid", "net", "ipc", "uts", "cgroup"};
	auto_strbuf struct strbuf text = {0};

	for (size_t i = 0; i < array_length(names); i++) {
		char path[40];

		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		if (access(path, F_OK) < 0)
			strbuf_printf(&text, "%s%s",
				      text.length ? ", " : "the kernel has none of kind ",
				      names[i]);
	}
	survey_say(survey, "namespaces", text.length ? SURVEY_MISSING : SURVEY_OK,
		   text.length ? strbuf_text(&text) : "mnt, pid, net, ipc, uts, cgroup");
	survey_advise(survey, "run a kernel with CONFIG_NAMESPACES and all below it");
}

void survey_kernel(struct survey *survey)
{
	check_version(survey);
	check_namespaces(survey);
	for (size_t i = 0; i < array_length(trials); i++) {
		int reason = trials[i].run();

		survey_say(survey, trials[i].name, reason ? SURVEY_MISSING : SURVEY_OK,
			   reason ? error_strerror(reason) : "can be used");
		survey_advise(survey, trials[i].remedy);
	}
}
