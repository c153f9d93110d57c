/* SPDX-License-Identifier: Apache-2.0 */
/*
 * killer.c - runs a command and ends it by SIGKILL at its Nth change of the system.
 *
 *   killer own|one|all N COMMAND...
 *
 * Counted are system calls that change something that others can see, before they are executed.
 *   own   counts and kills the command's first process only
 *   one   counts over the command and all that it starts; kills the process that is at the Nth
 *   all   counts the same way; kills everything that was started, at once
 *
 * Prints what was killed, or how many changes there were ("finished 123"). Processes that survive
 * are let go when the command has ended.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

#define CALL(name)                                                                                 \
	{                                                                                          \
		SYS_##name, #name                                                                  \
	}

#ifndef SYS_clone3
#define SYS_clone3 435
#endif

static const struct {
	long number;
	const char *name;
} changes[] = {
	CALL(renameat),
	CALL(renameat2),
	CALL(linkat),
	CALL(symlinkat),
	CALL(fsetxattr),
	CALL(mkdirat),
	CALL(unlinkat),
	CALL(mknodat),
	CALL(mount),
	CALL(umount2),
	CALL(fsmount),
	CALL(move_mount),
	CALL(clone),
	CALL(clone3),
	CALL(sendmsg),
	CALL(sendto),
	CALL(ftruncate),
	CALL(write),
	CALL(pwrite64),
	CALL(splice),
	CALL(setns),
	CALL(unshare),
	CALL(flock),
	CALL(execve),
	CALL(fchown),
	CALL(bind),
	CALL(listen),
	CALL(kill),
	CALL(pidfd_send_signal),
#ifdef SYS_mkdir
	CALL(mkdir),
	CALL(rename),
	CALL(unlink),
	CALL(rmdir),
	CALL(symlink),
	CALL(fork),
	CALL(vfork),
#endif
};

enum mode { OWN, ONE, ALL };

static struct tracee {
	pid_t pid;
	bool is_in_call;
} tracees[4096];
static size_t tracee_count;

static struct tracee *find(pid_t pid)
{
	for (size_t i = 0; i < tracee_count; i++)
		if (tracees[i].pid == pid)
			return &tracees[i];
	if (tracee_count == sizeof(tracees) / sizeof(tracees[0]))
		exit(2);
	tracees[tracee_count] = (struct tracee){.pid = pid};
	return &tracees[tracee_count++];
}

static void forget(pid_t pid)
{
	for (size_t i = 0; i < tracee_count; i++)
		if (tracees[i].pid == pid)
			tracees[i--] = tracees[--tracee_count];
}

static const char *change_name(long number)
{
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		if (changes[i].number == number)
			return changes[i].name;
	return NULL;
}

/* The name of the change that @tracee is about to make, or NULL. */
static const char *change_at_stop(struct tracee *tracee)
{
	struct ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tracee->pid, sizeof(info), &info) <= 0)
		return NULL;
	return info.op == PTRACE_SYSCALL_INFO_ENTRY ? change_name((long)info.entry.nr) : NULL;
}

/* Stops and releases all that are left; they go on as if nothing had been. */
static void release_all(void)
{
	for (size_t i = 0; i < tracee_count; i++)
		ptrace(PTRACE_INTERRUPT, tracees[i].pid, 0, 0);
	while (tracee_count) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0 && errno != EINTR)
			return;
		if (pid <= 0)
			continue;
		if (WIFSTOPPED(status)) {
			int number = WSTOPSIG(status);
			bool is_event = status >> 16 || number == (SIGTRAP | 0x80);

			ptrace(PTRACE_DETACH, pid, 0, is_event ? 0 : number);
		}
		forget(pid);
	}
}

static void kill_all(void)
{
	for (size_t i = 0; i < tracee_count; i++)
		kill(tracees[i].pid, SIGKILL);
	while (tracee_count) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0 && errno != EINTR)
			return;
		/* A new child may have been on its way. */
		if (pid > 0 && WIFSTOPPED(status))
			kill(pid, SIGKILL);
		if (pid > 0 && !WIFSTOPPED(status))
			forget(pid);
	}
}

static pid_t start(char **argv)
{
	pid_t pid = fork();

	if (pid == 0) {
		raise(SIGSTOP);
		execv(argv[0], argv);
		_exit(127);
	}
	return pid;
}

static int watch(pid_t root, enum mode mode, long wanted)
{
	bool is_killed = false;
	long count = 0;

	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);
		struct tracee *tracee;
		const char *name;
		int deliver = 0;

		if (pid < 0)
			return 2;
		if (!WIFSTOPPED(status)) {
			forget(pid);
			if (pid != root)
				continue;
			release_all();
			if (!is_killed)
				printf("finished %ld\n", count);
			return 0;
		}
		tracee = find(pid);
		name = WSTOPSIG(status) == (SIGTRAP | 0x80) ? change_at_stop(tracee) : NULL;
		if (name && (mode != OWN || pid == root) && ++count == wanted) {
			printf("killed at %s%s\n", name, pid == root ? "" : " of a child");
			fflush(stdout);
			if (mode == ALL) {
				kill_all();
				return 0;
			}
			/* Its end is waited for with all others': the first process of a pid
			 * namespace has not ended before we have taken note of those in it. */
			kill(pid, SIGKILL);
			is_killed = true;
			continue;
		}
		if (!(status >> 16) && WSTOPSIG(status) != (SIGTRAP | 0x80))
			deliver = WSTOPSIG(status);
		if (status >> 16 == PTRACE_EVENT_STOP && WSTOPSIG(status) != SIGTRAP) {
			ptrace(PTRACE_LISTEN, pid, 0, 0);
			continue;
		}
		ptrace(PTRACE_SYSCALL, pid, 0, deliver);
	}
}

int main(int argc, char **argv)
{
	enum mode mode;
	pid_t root;
	int status;
	long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		       PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;

	if (argc < 4)
		return 2;
	mode = strcmp(argv[1], "own") == 0 ? OWN : strcmp(argv[1], "one") == 0 ? ONE : ALL;
	root = start(argv + 3);
	if (root < 0 || waitpid(root, &status, WUNTRACED) != root ||
	    ptrace(PTRACE_SEIZE, root, 0, mode == OWN ? PTRACE_O_TRACESYSGOOD : options) < 0) {
		perror("killer");
		return 2;
	}
	find(root);
	kill(root, SIGCONT);
	return watch(root, mode, atol(argv[2]));
}
