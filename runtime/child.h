/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/child.h - what a first process (init.c) and a further one (exec.c) of a container do
 * alike between clone and execve. Everything here runs in the child.
 */
#pragma once

#include "runtime/seccomp.h"

#include <stdbool.h>
#include <stddef.h>

struct error;
struct spec;
struct spec_capabilities;
struct spec_user;
struct terminal;

struct child {
	int sync_fd;
	const struct spec *spec;
	const struct spec_user *user;
	const struct spec_capabilities *capabilities;
	const char *program; /* NULL: args[0] */
	char **args, **env;
	int init_fd;	      /* the static init as a read-only tree; -1: run args directly */
	bool is_reaper;	      /* that is what the init is for, and not the first process */
	int trampoline_flags; /* ENTERS and HAS_TERMINAL */
	int listen_fd;	      /* after SYNC_KEEP it waits there for SYNC_GO; 0: none */
	int preserved;	      /* so many descriptors behind the first three are the program's */
	const char *label;    /* SELinux's, of the program; NULL: none */
	int proc_fd;	      /* with it, from child_try_label: the host's procfs */
};

/* Nothing of the caller's session, not dumpable, warnings go to the parent. Its new keys have
 * SELinux's @label, unless that is NULL. */
void child_prepare(int sync_fd, const char *label);
/* Closes all but these and those below @from; -1 among them are none. */
void child_close_others(int from, const int *kept, size_t count);
/* 0, 1 and 2 from @fds, pipes and sockets given to @user. For -1 and for the host's /dev/null
 * stands
 * @null_fd, the container's own: with CAP_FOWNER a container could change the mode of the host's.
 */
int child_connect_stdio(const int fds[3], int null_fd, const struct spec_user *user,
			struct error *err);
/* In a new user namespace, whose capabilities this process has: to be its root as well, when it has
 * one. */
int child_become_root(struct error *err);
/* Is this the null device? */
bool child_is_null(int fd);
/* Enters a directory of this process's root, without passing through links of procfs. */
int child_enter_directory(const char *path, struct error *err);
/* "exec PROFILE" for AppArmor, to take effect with execve. */
int child_set_apparmor(const char *profile, struct error *err);
/* SELinux's label, which the last execve alone is to bring: tries it, and has for child_exec what
 * setting it takes. /proc is the host's still. */
int child_try_label(struct child *child, struct error *err);
/* Limits, bounding set, groups, ids, capabilities, umask, no_new_privs. CAP_SYS_ADMIN stays for the
 * filter, until execve. */
int child_become(const struct child *child, struct error *err);
/* Loads the filter (may be NULL), says that all is ready, waits for the word to go, and executes
 * the program: by way of the trampoline, which shields us from the container; where a filter would
 * not let that do its work, or (with a warning) there can be none, in this process. Returns only to
 * report an error, whose code is the errno of execve: ENOENT, EACCES, … */
int child_exec(struct child *child, const struct seccomp_filter *filter, struct error *err);
/* Before a clone that goes on in this process's place, as a child of the parent's: by this group
 * the parent finds it when nobody is left who tells of it. */
void child_begin_group(void);
/* Waits for the filter that the parent sends. */
int child_receive_filter(const struct child *child, struct seccomp_filter *filter,
			 struct error *err);
/* Sends the error and ends the process. */
_Noreturn void child_fail(int sync_fd, const struct error *err);
