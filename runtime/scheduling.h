/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/scheduling.h - what processor time, I/O and memory nodes a process of a container gets
 * beside its cgroup's; nothing is done, nor asked of the kernel, that the specification does not
 * set.
 */
#pragma once

#include <sys/types.h>

struct error;
struct spec;

/* Scheduler and I/O priority of another process, which runs nothing of the container's yet: those
 * of a deadline may not fork, and others may leave them behind with a fork. */
int scheduling_set(pid_t pid, const struct spec *spec, struct error *err);
/* This process's personality and memory policy, which it can only set itself. */
int scheduling_set_own(const struct spec *spec, struct error *err);
/* Processors that the process @pid (0: this one) may use, "0-3,7". ERROR_INVALID: @cpus is no such
 * list. */
int scheduling_set_cpus(pid_t pid, const char *cpus, struct error *err);
