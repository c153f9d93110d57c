/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/guard.h - door: processes that must not outlive the one that wants them.
 *
 * A guard is a child that is the first process of a pid namespace and is killed by the kernel when
 * its parent ends, however that ends; with it goes all that it has started, in namespaces below
 * its own, too. What it starts cannot do anything about it.
 */
#pragma once

#include <sys/types.h>

struct error;

struct guard {
	pid_t pid;
	int pidfd;
};

/* As fork(2): returns 0 in the guard, its pid in the caller. To the guard /proc is still that of
 * the caller's pid namespace. */
pid_t guard_fork(struct guard *guard, struct error *err);
/* In the guard: there are never more processes in its namespace and those below. For hosts whose
 * cgroups cannot limit that; before Linux 6.14 it does nothing. */
void guard_limit(unsigned most);
