/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci/setup.h - a container from its bundle to a process that waits; private to oci/.
 */
#pragma once

#include "base/arena.h"
#include "oci/container.h"
#include "oci/create.h"
#include "runtime/cgroup_scope.h"
#include "runtime/spawn.h"
#include "runtime/spec.h"

/* Of one create or run; all of it goes with oci_setup_release. */
struct oci_setup {
	const struct oci_create_request *request;
	struct oci_container container;
	struct arena arena;
	struct spec spec;
	struct spawned spawned;
	int listen_fd, cgroup_fd;
	struct cgroup_scope scope;
	bool is_apart; /* another process will start it */
};

/* With nothing in it yet. */
#define OCI_NO_SETUP                                                                               \
	{                                                                                          \
		.container = OCI_NO_CONTAINER, .spawned = {-1, -1, -1, -1}, .listen_fd = -1,       \
		.cgroup_fd = -1, .scope = CGROUP_NO_SCOPE                                          \
	}

#define auto_oci_setup __attribute__((cleanup(oci_setup_release)))

void oci_setup_release(struct oci_setup *setup);
/* @is_attached: a terminal may stay with this process. What has failed leaves nothing behind. */
int oci_setup_make(struct oci_setup *setup, const struct oci_create_request *request,
		   bool is_attached, struct error *err);
/* Ends it all, after it was made: its process, its hooks, its directory. */
void oci_setup_undo(struct oci_setup *setup);
/* Adds to a failed start the words by which Podman 4 knows what cannot be executed. Returns -1. */
int oci_setup_failed(struct error *err);
/* NULL: there is no file to be written. */
int oci_setup_write_pid(const char *path, pid_t pid, struct error *err);
