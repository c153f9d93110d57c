/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci/container.h - door: containers of the OCI command line as directories below its root.
 *
 * ROOT/ID has state.json (written atomically), config.json (the bundle's, as it was at creation)
 * and "start", the socket at which the process waits. Who changes a container holds the directory's
 * flock. Nothing here believes the file alone: what it says of a process counts while that process
 * is there, with the same start time.
 */
#pragma once

#include "base/json.h"
#include "base/process.h"

#include <stdbool.h>
#include <stdint.h>

struct error;
struct arena;
struct spec;
struct strvec;

enum oci_status {
	OCI_CREATING, /* somebody is at it */
	OCI_CREATED,
	OCI_RUNNING,
	OCI_PAUSED,
	OCI_STOPPED,
};

/* As the runtime specification and its users call them. */
extern const char *const oci_status_names[];

#define OCI_CONFIG	 "config.json"
#define OCI_START_SOCKET "start"

struct oci_container {
	const char *root; /* the caller's */
	char *id;
	int dirfd; /* of ROOT/ID; with its lock when that was asked for */
	json *record;
	struct process_id process; /* pid 0: there is none yet */
};

#define auto_oci_container __attribute__((cleanup(oci_container_release)))
/* For the initialiser of one that is released by scope. */
#define OCI_NO_CONTAINER                                                                           \
	{                                                                                          \
		.dirfd = -1                                                                        \
	}

void oci_container_release(struct oci_container *container);

/* Makes the directory of a new one and locks it. ERROR_CONFLICT: there is one of this name. */
int oci_container_make(struct oci_container *container, const char *root, const char *id,
		       struct error *err);
/* ERROR_NOT_FOUND: there is none of this name. */
int oci_container_open(struct oci_container *container, const char *root, const char *id,
		       struct error *err);
/* The same, and waits for its lock; the record is read after that. */
int oci_container_lock(struct oci_container *container, const char *root, const char *id,
		       struct error *err);
void oci_container_unlock(struct oci_container *container);
int oci_container_save(struct oci_container *container, struct error *err);
/* Its process from now on, and what that executes while it waits for the start. */
int oci_container_set_process(struct oci_container *container, pid_t pid, struct error *err);
/* The specification that it was made of. */
int oci_container_spec(const struct oci_container *container, struct spec *spec,
		       struct arena *arena, struct error *err);
enum oci_status oci_container_status(const struct oci_container *container);
/* Of the process; ESRCH: "container not running". */
int oci_container_pidfd(const struct oci_container *container, struct error *err);
/* The mount that is uppermost at its root file system, 0 when there is none of that name. */
uint64_t oci_container_root_mount(const struct oci_container *container);
/* "" when it has none. */
const char *oci_container_cgroup(const struct oci_container *container);
/* A descriptor of that cgroup, or -1 without an error when it has none. */
int oci_container_open_cgroup(const struct oci_container *container);
/* Adds those of resctrl that its processes are in. */
void oci_container_groups(const struct oci_container *container, struct strvec *groups);
/* Takes the directory away. */
int oci_container_remove(struct oci_container *container, struct error *err);

/* The state as the specification has it, for hooks; the caller frees it. @status, because a hook is
 * told what is to be. */
json *oci_container_state(const struct oci_container *container, enum oci_status status);
/* The same with what runc adds: rootfs, created, owner. */
json *oci_container_describe(const struct oci_container *container);

/* Calls @each for every container, in the order of their names; -1 ends it. */
int oci_container_list(const char *root,
		       int (*each)(struct oci_container *container, void *data, struct error *err),
		       void *data, struct error *err);
/* A directory for compiled seccomp filters below the root; malloc'ed, NULL when it cannot be. */
char *oci_container_filters(const char *root);
