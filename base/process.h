/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/process.h - child processes by pidfd, and the identity of processes on disk.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct strbuf;

/* A process as written to disk: a bare pid may belong to somebody else by the time it is read. */
struct process_id {
	pid_t pid;
	uint64_t start_time; /* field 22 of /proc/PID/stat, clock ticks since boot */
};

/* Fills the start time of a live process. ESRCH when it has gone. */
int process_identify(struct process_id *id, pid_t pid, struct error *err);
/* A pidfd for exactly that process: checked before and after opening. ESRCH when it has gone. */
int process_open(const struct process_id *id, struct error *err);
/* One that cannot be looked at (no descriptors, no memory) counts as alive. */
bool process_is_alive(const struct process_id *id);
/* Its number in /proc, which is another one than ours when /proc is that of another pid namespace.
 * -1 when it has gone. */
pid_t process_number(int pidfd);
/* True when a pidfd's process has exited (zombie included). */
bool process_has_exited(int pidfd);
int process_signal(int pidfd, int signal, struct error *err);
/* Waits until the pidfd's process has exited, at most @timeout_ms (-1: for ever). ERROR_TIMEOUT. */
int process_wait_exit(int pidfd, int timeout_ms, struct error *err);
/* Reaps a child; returns its wait status as the shell shows it: exit code, or 128 + signal. One
 * that a tracer keeps from us stays a zombie (a container can trace what runs in it), the status is
 * the same. */
int process_reap(pid_t pid);

/* Runs an absolute executable with exactly this argv and environment (NULL: ours), stdin from
 * @input_fd (-1: /dev/null), stdout appended to @output (NULL: discarded), stderr ours, and waits.
 * Returns the exit status as process_reap does. No shell, ever. */
int process_run(char *const *argv, char *const *env, int input_fd, struct strbuf *output,
		struct error *err);

/* How one that takes its time is waited for. */
struct process_watch {
	void (*look)(void *data); /* when it has written something, and ten times a second */
	void *data;
	int cancel_fd; /* when it is readable the process gets SIGTERM; 0: none */
};
/* The same without any input. */
int process_run_watched(char *const *argv, char *const *env, struct strbuf *output,
			const struct process_watch *watch, struct error *err);

/* The same without any input, for one that may not understand: its stderr is discarded. */
int process_ask(char *const *argv, char *const *env, struct strbuf *output, struct error *err);

/* Where a program is: in the first of the absolute folders "A:B" that has it (NULL: in the usual
 * ones). malloc'ed; NULL: nowhere. */
char *process_find_program(const char *folders, const char *name);

/* Opens /dev/null on any of 0-2 that is closed, so that no file of ours becomes one of them. What
 * is written to a closed output still fails (EBADF), but for stderr, which nothing waits for. */
void process_ensure_stdio(void);
/* /proc/PID/cmdline, which is for everybody to read, is empty from now on; to this process its
 * arguments stay. Where a kernel cannot do that, nothing happens. */
void process_hide_arguments(void);
/* Whatever the caller did with them: the ends of our children are told, and no signal is held back.
 */
void process_reset_children(void);
/* close_range from @first on. */
void process_close_from(int first);
/* Marks everything from @first on close-on-exec. */
void process_cloexec_from(int first);
