/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/sandbox.h - door: one process with a container's isolation that is no container: it has no
 * name and no log, nobody sees it in a list, and it ends with the process that runs it.
 *
 * The kernel sees to the end: the process lives in a pid namespace whose first process (runtime/
 * guard.h) is killed together with the caller. Its mounts belong to no namespace but its own. What
 * a kill leaves of the network and the cgroup is named by a file in RUN/sandboxes, which
 * sandbox_heal reads when nobody holds its lock any more.
 */
#pragma once

#include "engine/engine.h"
#include "runtime/spec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

struct sandbox_request {
	struct engine *engine;
	char *const *chain_ids; /* bottom first; the root file system */
	size_t layer_count;
	int directory_fd; /* gets upper/, which is what was written, and work/ */
	char **args;
	char **env; /* NAME=value; HOME is added when it is not there */
	const char *working_dir, *user, *hostname;
	struct spec_mount *mounts; /* beside a container's own; in mount order */
	size_t mount_count;
	const char *network; /* "none", "host", or the name of a network; NULL: "bridge", which is
			      * made when it is missing */
	char **extra_hosts;  /* "NAME=ADDRESS" */
	bool is_privileged;
	int64_t shm_size; /* 0: 64 MiB */
	struct spec_rlimit *ulimits;
	size_t ulimit_count;
	const struct spec_resources *resources; /* without a pids_limit there is one all the same */
	const char *cgroup_parent;		/* NULL: ours */
	const char *platform;			/* NULL: this host's */
	/* Output as it comes; @stream 1 or 2. Blocks the process when it blocks. */
	void (*output)(int stream, const char *bytes, size_t length, void *data);
	void *data;
	int cancel_fd;	   /* when it is readable everything is killed; -1: none */
	struct loop *loop; /* runs meanwhile, for what the caller wants to serve */
};

/* Returns the exit code; 137 with @err when it was the kernel that ended it for want of memory. -1:
 * it could not be started (errno of execve: ENOENT, EACCES), or ECANCELED. */
int sandbox_run(const struct sandbox_request *request, struct error *err);
/* Gives back what killed callers had. Cheap when there is nothing. */
void sandbox_heal(struct engine *engine);
