/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/transport/sandbox.h"

#include "base/cleanup.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define NOBODY 65534

/* A sanitizer maps terabytes, and reports to files. */
#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

/* ---- limits, user, capabilities -------------------------------------------------------------- */

struct limit {
	int resource;
	rlim_t value;
};

static const struct limit limits[] = {
	{RLIMIT_CORE, 0},   {RLIMIT_NOFILE, 512},    {RLIMIT_MEMLOCK, 0},    {RLIMIT_MSGQUEUE, 0},
	{RLIMIT_RTPRIO, 0}, {RLIMIT_SIGPENDING, 64}, {RLIMIT_DATA, 1 << 30},
};

static int set_limits(struct error *err)
{
	for (size_t i = 0; i < array_length(limits); i++) {
		struct rlimit now, wanted = {limits[i].value, limits[i].value};

		if (IS_SANITIZED && limits[i].resource == RLIMIT_DATA)
			continue;
		if (getrlimit((__rlimit_resource_t)limits[i].resource, &now) == 0 &&
		    now.rlim_max < wanted.rlim_max)
			wanted.rlim_cur = wanted.rlim_max = now.rlim_max;
		if (setrlimit((__rlimit_resource_t)limits[i].resource, &wanted) < 0)
			return error_errno(err, "cannot set a limit of the transport");
	}
	return 0;
}

static int drop_user(struct error *err)
{
	cap_t none;
	int rc;

	if (geteuid() == 0) {
		for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0;
		     capability++)
			if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0 && errno != EPERM)
				return error_errno(err, "cannot drop a capability");
		if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
		    setresuid(NOBODY, NOBODY, NOBODY) < 0)
			return error_errno(err, "cannot give up root");
	}
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	none = cap_init();
	rc = none ? cap_set_proc(none) : -1;
	cap_free(none);
	if (rc < 0)
		return error_errno(err, "cannot drop capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_errno(err, "cannot set no_new_privs");
	/* Others run as nobody, too: they shall not look into this memory. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return 0;
}

/* ---- Landlock -------------------------------------------------------------------------------- */

/* What the resolver and TLS read. Links are followed now: the rule is on what they lead to. */
static const char *const readable[] = {
	"/etc/resolv.conf",
	"/etc/hosts",
	"/etc/host.conf",
	"/etc/nsswitch.conf",
	"/etc/gai.conf",
	"/etc/services",
	"/etc/protocols",
	"/etc/ssl",
	"/etc/pki",
	"/etc/ca-certificates",
	"/usr/share/ca-certificates",
	"/usr/local/share/ca-certificates",
	"/var/lib/ca-certificates",
	"/usr/lib/ssl",
	"/run/systemd/resolve",
	"/run/resolvconf",
	"/run/NetworkManager",
	"/dev/urandom",
	"/dev/random",
};

/* All that the kernel knows how to restrict, of what the header that we were built with knows. */
static uint64_t handled_accesses(int version)
{
	static const uint64_t first_version = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;

	return version >= 3   ? first_version | 1ULL << 13 | 1ULL << 14 /* REFER, TRUNCATE */
	       : version == 2 ? first_version | 1ULL << 13
			      : first_version;
}

static void allow_reading(int ruleset, const char *path)
{
	auto_close int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = {.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE,
						  .parent_fd = fd};

	if (fd >= 0)
		syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

/* Where the kernel has none of it, the user id and the system call filter remain. */
static int restrict_files(struct error *err)
{
	struct landlock_ruleset_attr attr = {0};
	auto_close int ruleset = -1;
	int version =
		(int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	if (version < 1)
		return 0;
	attr.handled_access_fs = handled_accesses(version);
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return error_errno(err, "cannot create a Landlock ruleset");
	for (size_t i = 0; i < array_length(readable); i++)
		allow_reading(ruleset, readable[i]);
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return error_errno(err, "cannot apply the Landlock ruleset");
	return 0;
}

/* ---- system calls ---------------------------------------------------------------------------- */

/* What libcurl, OpenSSL and the resolver's thread use. Neither a program can be executed, nor a
 * process made, traced or looked into, nor a file written other than by a descriptor that came. */
static const char *const allowed[] = {
	"read",
	"write",
	"readv",
	"writev",
	"pread64",
	"pwrite64",
	"close",
	"lseek",
	"fstat",
	"newfstatat",
	"stat",
	"lstat",
	"statx",
	"access",
	"faccessat",
	"faccessat2",
	"readlink",
	"readlinkat",
	"getcwd",
	"fcntl",
	"ioctl",
	"dup",
	"pipe2",
	"eventfd2",
	"poll",
	"ppoll",
	"select",
	"pselect6",
	"epoll_create1",
	"epoll_ctl",
	"epoll_wait",
	"epoll_pwait",
	"socketpair",
	"connect",
	"bind",
	"getsockname",
	"getpeername",
	"getsockopt",
	"setsockopt",
	"sendto",
	"recvfrom",
	"sendmsg",
	"recvmsg",
	"sendmmsg",
	"recvmmsg",
	"shutdown",
	"munmap",
	"mremap",
	"madvise",
	"brk",
	"futex",
	"set_robust_list",
	"rseq",
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sigaltstack",
	"sched_yield",
	"sched_getaffinity",
	"nanosleep",
	"clock_nanosleep",
	"clock_gettime",
	"clock_getres",
	"gettimeofday",
	"time",
	"getrandom",
	"getpid",
	"gettid",
	"getuid",
	"geteuid",
	"getgid",
	"getegid",
	"uname",
	"sysinfo",
	"getrlimit",
	"restart_syscall",
	"membarrier",
	"exit",
	"exit_group",
};

static int allow(scmp_filter_ctx filter, const char *name, unsigned count,
		 const struct scmp_arg_cmp *conditions)
{
	int number = seccomp_syscall_resolve_name(name);
	int rc;

	if (number == __NR_SCMP_ERROR)
		return 0;
	rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, count, conditions);
	return rc == -EDOM ? 0 : rc;
}

/* Of some calls only one use. */
static int allow_some(scmp_filter_ctx filter)
{
	static const int families[] = {AF_INET, AF_INET6, AF_NETLINK};
	const unsigned long writing = O_ACCMODE | O_CREAT | O_TRUNC | O_TMPFILE;
	struct scmp_arg_cmp read_only =
		SCMP_CMP64(2, SCMP_CMP_MASKED_EQ, writing & ~O_DIRECTORY, 0);
	struct scmp_arg_cmp old_read_only =
		SCMP_CMP64(1, SCMP_CMP_MASKED_EQ, writing & ~O_DIRECTORY, 0);
	struct scmp_arg_cmp no_code = SCMP_CMP64(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	struct scmp_arg_cmp thread =
		SCMP_CMP64(0, SCMP_CMP_MASKED_EQ, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM);
	struct scmp_arg_cmp own_name = SCMP_CMP64(0, SCMP_CMP_EQ, PR_SET_NAME, 0);
	struct scmp_arg_cmp own_limits = SCMP_CMP64(0, SCMP_CMP_EQ, 0, 0);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < array_length(families); i++)
		rc = allow(filter, "socket", 1,
			   &SCMP_CMP64(0, SCMP_CMP_EQ, (scmp_datum_t)families[i], 0));
	if (rc == 0)
		rc = allow(filter, "openat", 1, &read_only);
	if (rc == 0)
		rc = allow(filter, "open", 1, &old_read_only);
	if (rc == 0)
		rc = allow(filter, "mmap", 1, &no_code);
	if (rc == 0)
		rc = allow(filter, "mprotect", 1, &no_code);
	if (rc == 0)
		rc = allow(filter, "clone", 1, &thread);
	if (rc == 0)
		rc = allow(filter, "prctl", 1, &own_name);
	if (rc == 0)
		rc = allow(filter, "prlimit64", 1, &own_limits);
	return rc;
}

/* Everything else says ENOSYS: libraries then take another way, or fail. */
static int restrict_calls(struct error *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int rc = filter ? 0 : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < array_length(allowed); i++)
		rc = allow(filter, allowed[i], 0, NULL);
	if (rc == 0)
		rc = allow_some(filter);
	if (rc == 0)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	return rc < 0 ? error_number(err, -rc, "cannot filter system calls") : 0;
}

int sandbox_enter(struct error *err)
{
	setsid();
	umask(077);
	signal(SIGPIPE, SIG_IGN);
	if (chdir("/") < 0)
		return error_errno(err, "cannot change to '/'");
	if (set_limits(err) < 0 || drop_user(err) < 0)
		return -1;
	/* After the change of user, which clears it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (IS_SANITIZED)
		return 0;
	if (restrict_files(err) < 0)
		return -1;
	return restrict_calls(err);
}
