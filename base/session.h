/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/session.h - what a process gets from the session that it is started from, and our constants
 * in its place: a container must not differ by who typed the command.
 *
 * Limits: Docker's (nofile 1048576, nproc and core unlimited, stack 8 MiB, memlock 8 MiB, the rest
 * as the kernel has them at boot). Scheduling: nice 0, no real-time or idle class, no I/O class,
 * all processors, the system's memory policy, no personality. All signals as they are by default,
 * none blocked. umask 022.
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

/* Makes this process what one of a container is to be. What it lacks the capability for stays:
 * without CAP_SYS_RESOURCE a hard limit cannot be raised. */
void session_leave(void);
/* For this process and its children; apart, because a container's score may be another one. */
void session_reset_oom_score(void);

/* The limits that session_leave sets. */
const struct session_limit *session_limits(size_t *count);
/* Leaves it, and adds a sentence for everything that did not come out as it should. */
void session_try(struct strvec *problems);
