/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/start.h - everything between "start this container" and a process that waits to execve.
 *
 * The steps are rows of a table, run in order by the process that is (or becomes) the monitor.
 * There is no undo list: start_undo is the ordinary teardown, which works from what is on disk,
 * since any of these lines may be the last one before a kill.
 */
#pragma once

#include "base/arena.h"
#include "engine/container.h"
#include "engine/container_store.h"
#include "runtime/identity.h"
#include "runtime/spawn.h"

struct start {
	struct engine *engine;
	struct container container;
	struct spec spec;
	struct identity identity;
	struct arena arena;
	struct container_dirs dirs;
	int rootfs_fd, netns_fd, cgroup_fd;
	int stdio_fds[3];
	bool keeps_network; /* a restart: netns_fd and the endpoints are there already */
	const char *files_id;
	struct port_holder *holder;
	struct spawned spawned;
};

/* @netns_fd: that of the run before, or -1. On success the process waits for spawn_start and
 * start->container.state (not yet saved) says running. */
int start_prepare(struct start *start, struct engine *engine, const char *id, int netns_fd,
		  struct error *err);
/* What the container is called in its networks, and what it asks of them; without a namespace. */
struct attach_request start_attach_request(const struct container *container);
/* Memory and descriptors, except netns_fd and spawned. */
void start_release(struct start *start);

/* Kills and removes what a start or a run made in the kernel: cgroup, and unless @keep_network
 * leases, links, names and ports. Idempotent. */
void start_undo(struct engine *engine, const struct container *container, bool keep_network);
/* A start that was killed half-way, seen by its state: its process and its network go. For
 * everything else nothing happens. The caller holds the monitor's lock. */
void start_undo_killed(struct engine *engine, struct container *container);
