/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "runtime/seccomp.h"
#include "runtime/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define DOCKER_CAPS UINT64_C(0xa80425fb)
#define DENIED	    (SECCOMP_RET_ERRNO | EPERM)
#define UNKNOWN	    (SECCOMP_RET_ERRNO | ENOSYS)

static uint32_t ask(const struct seccomp_filter *filter, long number, uint64_t first)
{
	uint64_t arguments[6] = {first};

	return seccomp_evaluate(filter, (uint32_t)number, arguments);
}

TEST(the_default_allows_and_denies_what_dockers_does)
{
	auto_seccomp_filter struct seccomp_filter filter = {0};
	struct error err = {0};
	static const long denied[] = {SYS_mount,
				      SYS_bpf,
				      SYS_keyctl,
				      SYS_userfaultfd,
				      SYS_io_uring_setup,
				      SYS_unshare,
				      SYS_setns,
				      SYS_reboot,
				      SYS_init_module,
				      SYS_kexec_load,
				      SYS_open_by_handle_at,
				      SYS_perf_event_open};
	static const long allowed[] = {SYS_read,   SYS_execve, SYS_execveat, SYS_openat2,
				       SYS_ptrace, SYS_chroot, SYS_futex,    SYS_prctl};

	CHECK_OK(seccomp_compile(&filter, SPEC_SECCOMP_DEFAULT, DOCKER_CAPS, &err));
	for (size_t i = 0; i < array_length(denied); i++)
		CHECK_INT(ask(&filter, denied[i], 0), DENIED);
	for (size_t i = 0; i < array_length(allowed); i++)
		CHECK_INT(ask(&filter, allowed[i], 0), SECCOMP_RET_ALLOW);
	CHECK_INT(ask(&filter, SYS_clone3, 0), UNKNOWN);
	CHECK_INT(ask(&filter, SYS_clone, SIGCHLD), SECCOMP_RET_ALLOW);
	CHECK_INT(ask(&filter, SYS_clone, CLONE_NEWUSER | SIGCHLD), DENIED);
	CHECK_INT(ask(&filter, SYS_personality, PER_LINUX), SECCOMP_RET_ALLOW);
	CHECK_INT(ask(&filter, SYS_personality, ADDR_NO_RANDOMIZE), DENIED);
}

TEST(socket_families_cannot_be_smuggled_in_the_upper_bits)
{
	auto_seccomp_filter struct seccomp_filter filter = {0};
	struct error err = {0};

	CHECK_OK(seccomp_compile(&filter, SPEC_SECCOMP_DEFAULT, DOCKER_CAPS, &err));
	for (uint64_t family = 1; family < 46; family++)
		CHECK_INT(ask(&filter, SYS_socket, family),
			  family == AF_ALG || family == AF_VSOCK ? DENIED : SECCOMP_RET_ALLOW);
	CHECK_INT(ask(&filter, SYS_socket, AF_VSOCK | UINT64_C(1) << 32), DENIED);
	CHECK_INT(ask(&filter, SYS_socket, AF_ALG | UINT64_C(1) << 63), DENIED);
}

TEST(capabilities_open_their_system_calls)
{
	auto_seccomp_filter struct seccomp_filter filter = {0};
	struct error err = {0};

	CHECK_OK(seccomp_compile(&filter, SPEC_SECCOMP_DEFAULT,
				 DOCKER_CAPS | UINT64_C(1) << CAP_SYS_ADMIN, &err));
	CHECK_INT(ask(&filter, SYS_mount, 0), SECCOMP_RET_ALLOW);
	CHECK_INT(ask(&filter, SYS_clone3, 0), SECCOMP_RET_ALLOW);
	CHECK_INT(ask(&filter, SYS_clone, CLONE_NEWUSER), SECCOMP_RET_ALLOW);
	CHECK_INT(ask(&filter, SYS_reboot, 0), DENIED);
}

TEST(calls_younger_than_libseccomp_are_known_or_do_not_exist)
{
	auto_seccomp_filter struct seccomp_filter filter = {0};
	struct error err = {0};

	CHECK_OK(seccomp_compile(&filter, SPEC_SECCOMP_DEFAULT, DOCKER_CAPS, &err));
	CHECK_INT(ask(&filter, 452, 0), SECCOMP_RET_ALLOW); /* fchmodat2 */
	CHECK_INT(ask(&filter, 462, 0), SECCOMP_RET_ALLOW); /* mseal */
	CHECK_INT(ask(&filter, 461, 0), DENIED);	    /* lsm_list_modules */
	CHECK_INT(ask(&filter, 600, 0), UNKNOWN);
	CHECK(ask(&filter, 0xffffffff, 0) != SECCOMP_RET_ALLOW);
}

TEST(json_profiles_of_both_forms_are_read)
{
	static const char oci[] =
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"getcwd\","
		"\"nonsense\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":13},{\"names\":"
		"[\"socket\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":0,\"value\":2,"
		"\"op\":\"SCMP_CMP_EQ\"}]}]}";
	static const char docker[] =
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"archMap\":[],\"syscalls\":[{\"name\":"
		"\"read\",\"action\":\"SCMP_ACT_ALLOW\"},{\"names\":[\"mount\"],\"action\":"
		"\"SCMP_ACT_ALLOW\",\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}},{\"names\":"
		"[\"write\"],\"action\":\"SCMP_ACT_ALLOW\",\"excludes\":{\"caps\":"
		"[\"CAP_SYS_ADMIN\"]}}]}";
	auto_seccomp_filter struct seccomp_filter a = {0}, b = {0}, c = {0};
	struct error err = {0};

	CHECK_OK(seccomp_compile(&a, oci, 0, &err));
	CHECK_INT(ask(&a, SYS_getcwd, 0), SECCOMP_RET_ERRNO | 13);
	CHECK_INT(ask(&a, SYS_read, 0), SECCOMP_RET_ALLOW);
	CHECK_INT(ask(&a, SYS_socket, 2), DENIED);
	CHECK_INT(ask(&a, SYS_socket, 1), SECCOMP_RET_ALLOW);
	CHECK_OK(seccomp_compile(&b, docker, 0, &err));
	CHECK_INT(ask(&b, SYS_read, 0), SECCOMP_RET_ALLOW);
	CHECK_INT(ask(&b, SYS_mount, 0), DENIED);
	CHECK_INT(ask(&b, SYS_write, 0), SECCOMP_RET_ALLOW);
	CHECK_OK(seccomp_compile(&c, docker, UINT64_C(1) << CAP_SYS_ADMIN, &err));
	CHECK_INT(ask(&c, SYS_mount, 0), SECCOMP_RET_ALLOW);
	CHECK_INT(ask(&c, SYS_write, 0), DENIED);
}

TEST(wrong_profiles_say_what_is_wrong)
{
	static const struct {
		const char *text, *why;
	} all[] = {
		{"nonsense", "JSON"},
		{"{}", "unknown action ''"},
		{"{\"defaultAction\":\"SCMP_ACT_MAYBE\"}", "SCMP_ACT_MAYBE"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"X\"]}", "unknown flag"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],"
		 "\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":7,\"op\":\"SCMP_CMP_EQ\"}]}]}",
		 "index 7"},
		{"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":70000}", "70000"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultErrnoRet\":1}",
		 "SCMP_ACT_ALLOW has no errno"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_VAX\"]}",
		 "unknown architecture 'SCMP_ARCH_VAX'"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[],"
		 "\"action\":\"SCMP_ACT_ERRNO\"}]}",
		 "without system calls"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[1],"
		 "\"action\":\"SCMP_ACT_ERRNO\"}]}",
		 "not a text"},
		{"{\"defaultAction\":\"SCMP_ACT_NOTIFY\",\"listenerPath\":\"/l\"}",
		 "default action"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],"
		 "\"action\":\"SCMP_ACT_NOTIFY\"}]}",
		 "listenerPath"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerMetadata\":\"m\"}",
		 "listenerMetadata"},
	};

	for (size_t i = 0; i < array_length(all); i++) {
		auto_seccomp_filter struct seccomp_filter filter = {0};
		struct error err = {0};

		CHECK(seccomp_compile(&filter, all[i].text, 0, &err) < 0);
		CHECK(strstr(err.text, all[i].why));
	}
}

static char *only_file(int directory)
{
	auto_closedir DIR *list = fdopendir(dup(directory));
	char *found = NULL;

	for (struct dirent *entry; (entry = readdir(list));)
		if (entry->d_name[0] != '.') {
			CHECK(!found);
			found = alloc_string(entry->d_name);
		}
	return found;
}

TEST(the_cache_is_used_and_a_damaged_one_is_not)
{
	const char *path;
	auto_close int directory = test_directory(&path);
	auto_seccomp_filter struct seccomp_filter a = {0}, b = {0}, c = {0};
	struct error err = {0};
	auto_free char *name = NULL;
	auto_close int fd = -1;
	char byte = 0;

	CHECK_OK(seccomp_prepare(&a, SPEC_SECCOMP_DEFAULT, DOCKER_CAPS, path, &err));
	name = only_file(directory);
	CHECK(name);
	CHECK_OK(seccomp_prepare(&b, SPEC_SECCOMP_DEFAULT, DOCKER_CAPS, path, &err));
	CHECK(a.length == b.length && !memcmp(a.code, b.code, a.length * sizeof(*a.code)));
	fd = openat(directory, name, O_RDWR | O_CLOEXEC);
	CHECK(pread(fd, &byte, 1, 600) == 1);
	byte ^= 1;
	CHECK(pwrite(fd, &byte, 1, 600) == 1);
	CHECK_OK(seccomp_prepare(&c, SPEC_SECCOMP_DEFAULT, DOCKER_CAPS, path, &err));
	CHECK(a.length == c.length && !memcmp(a.code, c.code, a.length * sizeof(*a.code)));
	CHECK(ftruncate(fd, 10) == 0);
	seccomp_filter_release(&c);
	CHECK_OK(seccomp_prepare(&c, SPEC_SECCOMP_DEFAULT, DOCKER_CAPS, path, &err));
	CHECK(a.length == c.length);
}

TEST(other_capabilities_are_another_filter)
{
	const char *path;
	auto_close int directory = test_directory(&path);
	auto_seccomp_filter struct seccomp_filter a = {0}, b = {0};
	struct error err = {0};

	CHECK_OK(seccomp_prepare(&a, SPEC_SECCOMP_DEFAULT, DOCKER_CAPS, path, &err));
	CHECK_OK(seccomp_prepare(&b, SPEC_SECCOMP_DEFAULT, ~UINT64_C(0), path, &err));
	CHECK_INT(ask(&a, SYS_mount, 0), DENIED);
	CHECK_INT(ask(&b, SYS_mount, 0), SECCOMP_RET_ALLOW);
}
