/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/session.h - what a process gets from who starts it, and our constants in its place: nothing
 * must differ by who typed the command. docs/session.md has the table.
 *
 * Limits: Docker's (nofile 1048576, nproc and core unlimited, stack 8 MiB, memlock 8 MiB, the rest
 * as the kernel has them at boot). Scheduling: nice 0, no real-time or idle class, no I/O class,
 * all processors. Memory: the system's policy, no personality, no switches of prctl(2), the usual
 * filter of core dumps. Identity: root's ids alone, no inheritable or ambient capabilities, no
 * securebits, keys of its own. All signals as they are by default, none blocked. umask 022.
 */
#pragma once

#include <stddef.h>
#include <sys/resource.h>

struct strvec;

struct session_limit {
	const char *name; /* as in ulimits of a compose file */
	int resource;
	struct rlimit limit;
};

/* First thing in a program that somebody starts: descriptors 0 to 2 are open and no others come
 * along in what it executes, children can be waited for, no core files, umask 022. Its limits,
 * priority and directory stay the caller's, whose command it is. */
void session_begin(void);
/* Makes this process what one of a container is to be. What it lacks the capability for stays:
 * without CAP_SYS_RESOURCE a hard limit cannot be raised. */
void session_leave(void);
/* It does not get keys of its own: it has the caller's from now on. */
void session_keep_keys(void);
/* For what outlives the command: that, in a session of its own and at the root directory, with no
 * score for the OOM killer; broken pipes and limits of file sizes are errors to it. */
void session_detach(void);
/* The limits that session_leave sets. */
const struct session_limit *session_limits(size_t *count);
/* Leaves it, and adds a sentence for everything that did not come out as it should. */
void session_try(struct strvec *problems);
