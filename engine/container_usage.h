/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/container_usage.h - door: what a container has used so far.
 *
 * Read from its cgroup, and what that does not count (a hierarchy without the memory or pids
 * controller; no cgroup of its own) from its processes; its traffic from its network namespace.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct arena;
struct container;
struct error;

/* What an interface has moved in one direction. */
struct container_traffic {
	int64_t bytes, packets, errors, dropped;
};

struct container_interface {
	const char *name;
	struct container_traffic received, sent;
};

struct container_usage {
	int64_t time_ns; /* CLOCK_MONOTONIC, when it was read; 0: it does not run */
	int64_t cpu_us, cpu_user_us, cpu_system_us;
	int64_t cpu_periods, cpu_throttled_periods, cpu_throttled_us; /* of its quota */
	int64_t memory, memory_limit; /* bytes; without what the kernel can drop at once */
	int64_t memory_whole;	      /* with that */
	int64_t memory_anonymous, memory_files, memory_swap; /* parts; 0: not known */
	int64_t oom_kills;
	int64_t received, sent;			/* bytes of all interfaces but the loopback's */
	struct container_interface *interfaces; /* those, in the caller's arena */
	size_t interface_count;
	int64_t read, written; /* bytes of block devices */
	int64_t reads, writes; /* how often */
	int64_t tasks;	       /* processes and threads */
	int64_t task_limit;    /* 0: none */
};

/* One that does not run has used nothing. It may end at any moment: that is no error. */
void container_usage_read(const struct container *container, struct container_usage *usage,
			  struct arena *arena);
