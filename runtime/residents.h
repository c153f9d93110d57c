/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/residents.h - door: the processes of a container that has no cgroup of its own.
 *
 * They are known by their mount namespace, which is the container's alone.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct error;

/* Pids of all that share it with @init, which is among them; malloc'ed. ESRCH when it has gone. */
int residents_list(pid_t init, pid_t **pids, size_t *count, struct error *err);
