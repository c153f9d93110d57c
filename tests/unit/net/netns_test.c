/* SPDX-License-Identifier: Apache-2.0 */
#include "net/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "tests/harness/harness.h"

static struct error err;

static ino_t own_namespace(void)
{
	struct stat status;

	CHECK(stat("/proc/self/ns/net", &status) == 0);
	return status.st_ino;
}

static ino_t number_of(int fd)
{
	struct stat status;

	CHECK(fstat(fd, &status) == 0);
	return status.st_ino;
}

static bool may_try(void)
{
	if (geteuid() != 0)
		test_skip("needs root");
	return geteuid() == 0;
}

static int look_around(void *data, struct error *why)
{
	struct stat status;

	(void)why;
	if (stat("/proc/thread-self/ns/net", &status) < 0)
		return -1;
	*(ino_t *)data = status.st_ino;
	return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static int refuse(void *data, struct error *why)
{
	(void)data;
	return error_set(why, EPERM, "not here");
}

TEST(a_visit_sees_the_other_namespace_and_we_stay_in_ours)
{
	ino_t before = own_namespace(), seen = 0;
	int there, fd;

	if (!may_try())
		return;
	there = netns_create(&err);
	CHECK(there >= 0);
	CHECK(number_of(there) != before);
	fd = netns_visit(there, look_around, &seen, &err);
	CHECK(fd >= 0); /* is ours, too */
	CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(seen == number_of(there));
	CHECK(own_namespace() == before);
	CHECK(netns_visit(there, refuse, NULL, &err) < 0);
	CHECK_TEXT(err.text, "not here");
	CHECK(waitpid(-1, NULL, __WALL) < 0 && errno == ECHILD);
	close(fd);
	close(there);
}

static void refuse_moves(void)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setns, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog description = {sizeof(program) / sizeof(program[0]), program};

	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &description) == 0);
}

/* A process that had to move back would have to end. */
TEST(without_memory_nobody_is_lost_in_a_namespace)
{
	int status = 0;
	pid_t pid;

	if (!may_try())
		return;
	pid = fork();
	if (pid == 0) {
		ino_t before = own_namespace(), seen;
		int there;

		refuse_moves();
		there = netns_create(&err);
		_exit(there < 0						  ? 1
		      : own_namespace() != before			  ? 2
		      : netns_visit(there, look_around, &seen, &err) >= 0 ? 3
		      : err.code != ENOMEM				  ? 4
									  : 0);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), 0);
}
