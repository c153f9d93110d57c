/* SPDX-License-Identifier: Apache-2.0 */
#include "base/confine.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOBODY 65534

#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED true
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED false
#endif

#if defined(__x86_64__)
#define OWN_MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_MACHINE AUDIT_ARCH_AARCH64
#else
#error "the number of this machine in the kernel's audit is missing"
#endif

bool confine_is_sanitized(void)
{
	return IS_SANITIZED;
}

int confine_limits(const struct confine_limit *limits, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		struct rlimit now, wanted = {limits[i].value, limits[i].value};

		if (IS_SANITIZED && limits[i].resource == RLIMIT_DATA)
			continue;
		if (getrlimit((__rlimit_resource_t)limits[i].resource, &now) == 0 &&
		    now.rlim_max < wanted.rlim_max)
			wanted.rlim_cur = wanted.rlim_max = now.rlim_max;
		if (setrlimit((__rlimit_resource_t)limits[i].resource, &wanted) < 0)
			return error_errno(err, "cannot lower a limit");
	}
	return 0;
}

/* ---- user and capabilities ------------------------------------------------------------------- */

static int drop_root(struct error *err)
{
	for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
		if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0 && errno != EPERM)
			return error_errno(err, "cannot drop a capability");
	if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return error_errno(err, "cannot give up root");
	return 0;
}

static int drop_capabilities(struct error *err)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (syscall(SYS_capset, &header, none) < 0)
		return error_errno(err, "cannot drop capabilities");
	return 0;
}

int confine_user(struct error *err)
{
	setsid();
	umask(077);
	signal(SIGPIPE, SIG_IGN);
	if (chdir("/") < 0)
		return error_errno(err, "cannot change to '/'");
	if ((geteuid() == 0 && drop_root(err) < 0) || drop_capabilities(err) < 0)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_errno(err, "cannot set no_new_privs");
	/* The change of user has cleared both. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	return 0;
}

/* ---- Landlock -------------------------------------------------------------------------------- */

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

int confine_files(const char *const *readable, struct error *err)
{
	struct landlock_ruleset_attr attr = {0};
	auto_close int ruleset = -1;
	int version =
		(int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	if (version < 1 || IS_SANITIZED)
		return 0;
	attr.handled_access_fs = handled_accesses(version);
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return error_errno(err, "cannot create a Landlock ruleset");
	for (; *readable; readable++)
		allow_reading(ruleset, *readable);
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return error_errno(err, "cannot apply the Landlock ruleset");
	return 0;
}

/* ---- system calls ---------------------------------------------------------------------------- */

#define ROW_LENGTH 10 /* instructions of a row at most */

#define LOAD(field)	     BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(field))
#define AND(mask)	     BPF_STMT(BPF_ALU | BPF_AND | BPF_K, (uint32_t)(mask))
#define RETURN(action)	     BPF_STMT(BPF_RET | BPF_K, (action))
#define SKIP_UNLESS(n, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(n), 0, (skip))

#define NUMBER	 offsetof(struct seccomp_data, nr)
#define MACHINE	 offsetof(struct seccomp_data, arch)
#define LOW(row) (offsetof(struct seccomp_data, args) + 8 * (size_t)(row)->argument)

/* Both kinds of machine that we know are little-endian: the low half of an argument comes first. */
static size_t add_row(struct sock_filter *code, const struct confine_call *call)
{
	const struct sock_filter plain[] = {SKIP_UNLESS(call->number, 1),
					    RETURN(SECCOMP_RET_ALLOW)};
	const struct sock_filter with_argument[ROW_LENGTH] = {
		SKIP_UNLESS(call->number, 8),	   LOAD(LOW(call)),	      AND(call->mask),
		SKIP_UNLESS(call->value, 4),	   LOAD(LOW(call) + 4),	      AND(call->mask >> 32),
		SKIP_UNLESS(call->value >> 32, 1), RETURN(SECCOMP_RET_ALLOW), LOAD(NUMBER),
	};
	size_t size = call->mask ? 9 : array_length(plain);

	for (size_t i = 0; i < size; i++)
		code[i] = call->mask ? with_argument[i] : plain[i];
	return size;
}

int confine_calls(const struct confine_call *calls, size_t count, uint32_t otherwise,
		  struct error *err)
{
	const struct sock_filter head[] = {LOAD(MACHINE),
					   BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_MACHINE, 1, 0),
					   RETURN(SECCOMP_RET_KILL_PROCESS), LOAD(NUMBER)};
	auto_free struct sock_filter *code =
		alloc_zeroed(array_length(head) + count * ROW_LENGTH + 1, sizeof(*code));
	struct sock_fprog program = {.filter = code};
	size_t size = 0;

	if (IS_SANITIZED)
		return 0;
	for (; size < array_length(head); size++)
		code[size] = head[size];
	for (size_t i = 0; i < count; i++)
		size += add_row(code + size, &calls[i]);
	code[size++] = (struct sock_filter)RETURN(otherwise);
	program.len = (unsigned short)size;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0)
		return error_errno(err, "cannot filter system calls");
	return 0;
}
