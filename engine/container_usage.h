/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/container_usage.h - door: what a container has used so far.
 *
 * Read from its cgroup, and what that does not count (a hierarchy without the memory or pids
 * controller; no cgroup of its own) from its processes; its traffic from its network namespace.
 */
#pragma once

#include <stdint.h>

struct arena;
struct container;
struct error;

struct container_usage {
	int64_t time_ns; /* CLOCK_MONOTONIC, when it was read; 0: it does not run */
	int64_t cpu_us;
	int64_t memory, memory_limit; /* bytes; without what the kernel can drop at once */
	int64_t received, sent;	      /* bytes of all interfaces but the loopback's */
	int64_t read, written;	      /* bytes of block devices */
	int64_t tasks;		      /* processes and threads */
};

/* One that does not run has used nothing. It may end at any moment: that is no error. */
void container_usage_read(const struct container *container, struct container_usage *usage,
			  struct arena *arena);
