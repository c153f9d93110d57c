/* SPDX-License-Identifier: Apache-2.0 */
#include "base/session.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
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

/* The kernel's at boot. */
#define TIMER_SLACK_NS	50000
#define COREDUMP_FILTER "0x33"

/* Newer than the headers of the oldest distribution. */
#ifndef PR_SET_IO_FLUSHER
#define PR_SET_IO_FLUSHER 57
#endif
#ifndef PR_GET_MDWE
#define PR_GET_MDWE 66
#endif
#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE 67
#endif

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

static void reset_limits(void)
{
	rlim_t most = read_number("/proc/sys/kernel/threads-max", 0) / 2;

	for (size_t i = 0; i < array_length(limits); i++)
		set_limit(limits[i].resource, limits[i].limit);
	if (most) /* as the kernel has it at boot */
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
}

/* Of the kernel's, for one process. What it has not got, or does not allow, stays. */
static void reset_switches(void)
{
	static const struct {
		int option;
		unsigned long first, second;
	} switches[] = {
		{PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0},
		{PR_SET_THP_DISABLE, 0, 0},
		{PR_SET_MEMORY_MERGE, 0, 0},
		{PR_SET_IO_FLUSHER, 0, 0},
		{PR_MCE_KILL, PR_MCE_KILL_CLEAR, 0},
		{PR_SET_SECUREBITS, 0, 0},
		{PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0},
	};

	for (size_t i = 0; i < array_length(switches); i++)
		prctl(switches[i].option, switches[i].first, switches[i].second, 0, 0);
}

static void write_own(const char *path, const char *text)
{
	auto_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, text, strlen(text)) < 0 && errno == EINTR)
		write_own(path, text);
}

static void reset_memory(void)
{
	syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0);
	personality(PER_LINUX);
	write_own("/proc/self/coredump_filter", COREDUMP_FILTER);
}

/* A real user id that is somebody's would let them send us signals. */
static void reset_identity(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};

	if (geteuid() == 0) {
		(void)!setgroups(0, NULL);
		(void)!setresgid(0, 0, 0);
		(void)!setresuid(0, 0, 0);
	}
	if (syscall(SYS_capget, &header, data) == 0) {
		data[0].inheritable = data[1].inheritable = 0;
		syscall(SYS_capset, &header, data);
	}
}

static bool keeps_keys;

void session_keep_keys(void)
{
	keeps_keys = true;
}

static void reset_keys(void)
{
	if (!keeps_keys)
		syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
}

static void reset_umask(void)
{
	umask(022);
}

/* In this order. */
static void (*const resets[])(void) = {
	reset_limits, reset_signals,  reset_scheduling, reset_switches,
	reset_memory, reset_identity, reset_keys,	reset_umask,
};

void session_leave(void)
{
	for (size_t i = 0; i < array_length(resets); i++)
		resets[i]();
}

/* Apart: a container's score may be another one. */
static void reset_oom_score(void)
{
	write_own(OOM_SCORE, "0");
}

void session_detach(void)
{
	setsid();
	session_leave();
	reset_oom_score();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	(void)!chdir("/");
}

void session_begin(void)
{
	process_ensure_stdio();
	process_cloexec_from(3);
	process_reset_children();
	signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is an error like a full disk */
	prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
	personality(PER_LINUX); /* UNAME26 makes every kernel too old for us */
	(void)!setresgid(getegid(), getegid(), getegid());
	(void)!setresuid(geteuid(), geteuid(), geteuid()); /* access(2) asks for real ids */
	/* Secrets pass through this memory: they must not end in a core file. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	reset_umask();
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

/* What nobody can take off. */
static const struct {
	int option;
	const char *problem;
} stuck[] = {
	{PR_GET_NO_NEW_PRIVS,
	 "a container's programs gain nothing by a set-user-ID bit: the caller has no_new_privs, "
	 "which is for ever"},
	{PR_GET_SECCOMP, "a container's processes have the caller's seccomp filter, too: it cannot "
			 "be taken off"},
	{PR_GET_SECUREBITS, "a container's root may get no capabilities: the caller's securebits "
			    "are locked, or cannot be changed without CAP_SETPCAP"},
	{PR_GET_MDWE, "a container's processes cannot execute memory that they have written "
		      "(PR_SET_MDWE), as the caller: it cannot be taken off"},
};

void session_try(struct strvec *problems)
{
	int nice;

	session_leave();
	reset_oom_score();
	for (size_t i = 0; i < array_length(limits); i++)
		add_limit(problems, &limits[i]);
	nice = getpriority(PRIO_PROCESS, 0);
	if (nice != 0)
		strvec_addf(problems,
			    "a container's nice value is %d, the caller's: without CAP_SYS_NICE it "
			    "cannot be changed",
			    nice);
	for (size_t i = 0; i < array_length(stuck); i++)
		if (prctl(stuck[i].option, 0, 0, 0, 0) > 0)
			strvec_add(problems, stuck[i].problem);
	if (read_number(OOM_SCORE, 0) != 0)
		strvec_addf(problems, "a container's oom_score_adj is the caller's: without "
				      "CAP_SYS_RESOURCE it cannot be lowered");
}
