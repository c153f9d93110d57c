/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/step/run.h - door: RUN: one process with the isolation of a container, on layers that
 * need not belong to an image.
 *
 * What it has written is left as the upper directory of an overlay below a staging directory,
 * without what was only there for the step: mount points that it made, /etc/hosts,
 * /etc/resolv.conf.
 */
#pragma once

#include "builder/dockerfile/mount.h"
#include "engine/engine.h"
#include "runtime/spec.h"
#include "storage/staging.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run_mount {
	struct dockerfile_mount mount; /* target absolute and cleaned */
	/* bind, and the first content of a cache: layers (bottom first) or a directory */
	char **chain_ids;
	size_t layer_count;
	int fd; /* the root of what it is from; -1: layers */
	/* secret */
	const char *content; /* NULL: it was not given, and is not required */
	size_t length;
	const char *socket; /* ssh: path of the agent's; NULL: not given, and not required */
};

struct run_request {
	struct engine *engine;
	const struct staging *staging;
	const char *directory; /* name below staging that gets upper/ and work/ */
	const char *name;      /* of the step, for messages and the process list */
	char **chain_ids;      /* bottom first; the root file system */
	size_t layer_count;
	char **args;
	char **env; /* NAME=value, all of it; HOME is added by its user */
	const char *working_dir, *user;
	const char *hostname; /* NULL: "buildkitsandbox" */
	struct run_mount *mounts;
	size_t mount_count;
	/* "#!" heredocs: /dev/pipes/NAME */
	const struct pair *files;
	size_t file_count;
	const char *network; /* NULL, "default": the build's bridge; "none", "host", or a network's
			      * name */
	char **extra_hosts;
	bool is_insecure; /* --security=insecure, which was allowed */
	int64_t shm_size; /* 0: 64 MiB */
	struct spec_rlimit *ulimits;
	size_t ulimit_count;
	struct spec_resources resources;
	const char *cgroup_parent; /* NULL */
	const char *platform;	   /* NULL: this host's */
	/* Output as it comes; @stream 1 or 2. Blocks the step when it blocks. */
	void (*output)(int stream, const char *bytes, size_t length, void *data);
	void *data;
	int cancel_fd; /* when it is readable the step is killed: ECANCELED; -1: none */
};
/* Waits. Returns the exit code (137 when it was killed; then @err may say why: out of memory), -1
 * when it could not be run. */
int run_step(const struct run_request *request, struct error *err);
/* What killed builds left: containers, mounts. Cheap when there is nothing. */
void run_heal(struct engine *engine);
