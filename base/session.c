/* SPDX-License-Identifier: Apache-2.0 */
#include "base/session.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MEBIBYTE  (1024 * 1024)
#define OOM_SCORE "/proc/self/oom_score_adj"
/* More processors than any kernel has: what is too much is ignored. */
#define MOST_CPUS 8192

#define UNLIMITED                                                                                  \
	{                                                                                          \
		RLIM_INFINITY, RLIM_INFINITY                                                       \
	}
#define LIMITED(value)                                                                             \
	{                                                                                          \
		value, value                                                                       \
	}

static const struct session_limit limits[] = {
	{"core", RLIMIT_CORE, UNLIMITED},
	{"cpu", RLIMIT_CPU, UNLIMITED},
	{"data", RLIMIT_DATA, UNLIMITED},
	{"fsize", RLIMIT_FSIZE, UNLIMITED},
	{"locks", RLIMIT_LOCKS, UNLIMITED},
	{"memlock", RLIMIT_MEMLOCK, LIMITED(8 * MEBIBYTE)},
	{"msgqueue", RLIMIT_MSGQUEUE, LIMITED(819200)},
	{"nice", RLIMIT_NICE, LIMITED(0)},
	{"nofile", RLIMIT_NOFILE, LIMITED(1048576)},
	{"nproc", RLIMIT_NPROC, UNLIMITED},
	{"rss", RLIMIT_RSS, UNLIMITED},
	{"rtprio", RLIMIT_RTPRIO, LIMITED(0)},
	{"rttime", RLIMIT_RTTIME, UNLIMITED},
	{"stack", RLIMIT_STACK, {8 * MEBIBYTE, RLIM_INFINITY}},
	{"as", RLIMIT_AS, UNLIMITED},
};

const struct session_limit *session_limits(size_t *count)
{
	*count = array_length(limits);
	return limits;
}

static uint64_t read_number(const char *path, uint64_t otherwise)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[32];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		return otherwise;
	text[n] = '\0';
	return strtoull(text, NULL, 10);
}

static void clamp(struct rlimit *limit, rlim_t most)
{
	if (limit->rlim_max > most)
		limit->rlim_max = most;
	if (limit->rlim_cur > limit->rlim_max)
		limit->rlim_cur = limit->rlim_max;
}

static void set_limit(int resource, struct rlimit limit)
{
	__rlimit_resource_t which = (__rlimit_resource_t)resource;
	struct rlimit now;

	if (setrlimit(which, &limit) == 0)
		return;
	if (resource == RLIMIT_NOFILE) {
		clamp(&limit, read_number("/proc/sys/fs/nr_open", limit.rlim_max));
		if (setrlimit(which, &limit) == 0)
			return;
	}
	if (getrlimit(which, &now) == 0) {
		clamp(&limit, now.rlim_max);
		setrlimit(which, &limit);
	}
}

/* The kernel's own at boot. */
static void set_pending_signals(void)
{
	rlim_t most = read_number("/proc/sys/kernel/threads-max", 0) / 2;

	if (most)
		set_limit(RLIMIT_SIGPENDING, (struct rlimit){most, most});
}

static void reset_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void reset_scheduling(void)
{
	struct sched_param normal = {0};
	unsigned char cpus[MOST_CPUS / 8];

	memset(cpus, 0xff, sizeof(cpus));
	sched_setscheduler(0, SCHED_OTHER, &normal);
	setpriority(PRIO_PROCESS, 0, 0);
	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_NONE, 0));
	syscall(SYS_sched_setaffinity, 0, sizeof(cpus), cpus);
	syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0);
	prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
	personality(PER_LINUX);
}

void session_leave(void)
{
	for (size_t i = 0; i < array_length(limits); i++)
		set_limit(limits[i].resource, limits[i].limit);
	set_pending_signals();
	reset_signals();
	reset_scheduling();
	umask(022);
}

void session_reset_oom_score(void)
{
	auto_close int fd = open(OOM_SCORE, O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "0", 1) < 0 && errno == EINTR)
		session_reset_oom_score();
}

/* ---- what came of it ---------------------------------------------------------------------------
 */

static void add_limit(struct strvec *problems, const struct session_limit *wanted)
{
	struct rlimit now;

	if (getrlimit((__rlimit_resource_t)wanted->resource, &now) < 0 ||
	    (now.rlim_cur == wanted->limit.rlim_cur && now.rlim_max == wanted->limit.rlim_max))
		return;
	strvec_addf(problems,
		    "a container's limit '%s' is at most %llu, as the caller's: without "
		    "CAP_SYS_RESOURCE, or "
		    "above what the kernel allows, it cannot be raised",
		    wanted->name, (unsigned long long)now.rlim_max);
}

void session_try(struct strvec *problems)
{
	int nice;

	session_leave();
	session_reset_oom_score();
	for (size_t i = 0; i < array_length(limits); i++)
		add_limit(problems, &limits[i]);
	nice = getpriority(PRIO_PROCESS, 0);
	if (nice != 0)
		strvec_addf(problems,
			    "a container's nice value is %d, the caller's: without CAP_SYS_NICE it "
			    "cannot be changed",
			    nice);
	if (read_number(OOM_SCORE, 0) != 0)
		strvec_addf(problems, "a container's oom_score_adj is the caller's: without "
				      "CAP_SYS_RESOURCE it cannot be lowered");
}
