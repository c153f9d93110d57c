/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/sandbox_private.h - what the files of a sandbox share.
 */
#pragma once

#include "base/arena.h"
#include "engine/sandbox.h"
#include "engine/stubs.h"
#include "runtime/identity.h"

#define SANDBOX_DIRECTORY "sandboxes" /* below RUN */

struct responder;

struct sandbox {
	const struct sandbox_request *request;
	struct engine *engine;
	struct arena arena;
	char id[65];
	const char *cgroup_path;
	int lock_fd, rootfs_fd, netns_fd, cgroup_fd;
	struct identity identity;
	struct endpoint *endpoints;
	size_t endpoint_count;
	struct responder *responder;
	unsigned most_processes; /* that the guard sees to; 0: the cgroup does */
	struct spec spec;
	struct stubs stubs;
};

/* Its file in RUN/sandboxes, locked; and, with all that it names, away again: when neither process
 * nor namespace is left. */
int sandbox_record(struct sandbox *sandbox, struct error *err);
void sandbox_forget(struct sandbox *sandbox);
int sandbox_enter_network(struct sandbox *sandbox, struct error *err);
/* Mounts /etc/hosts and /etc/resolv.conf, unless the caller brings its own. There is room for both.
 */
void sandbox_add_network_files(struct sandbox *sandbox);
int sandbox_build_spec(struct sandbox *sandbox, struct error *err);
/* Starts the process, passes its output on and waits. Returns as sandbox_run. */
int sandbox_attend(struct sandbox *sandbox, struct error *err);
