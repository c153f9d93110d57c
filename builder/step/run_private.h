/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/step/run_private.h - what the files of RUN share.
 */
#pragma once

#include "base/arena.h"
#include "base/loop.h"
#include "base/strvec.h"
#include "builder/step/run.h"
#include "net/socket_relay.h"

#define RUN_MOUNTS "mounts" /* below the step's directory: what is written to binds, and lost */

struct run_cache {
	const char *id;
	int fd, lock_fd;
};

struct run_agent {
	const char *path; /* the agent's socket */
	struct loop_source source;
	struct socket_relay relay;
	struct run_agent *next;
};

struct step_run {
	const struct run_request *request;
	struct arena arena;
	struct loop loop;
	int directory_fd;  /* of the step, below staging */
	struct strvec env; /* with what mounts add */
	struct spec_mount *mounts;
	size_t mount_count;
	struct run_cache *caches;
	size_t cache_count;
	struct run_agent *agents;
	size_t agent_count; /* with those that are not there */
};

/* From the instruction's mounts to the runtime's, in the order in which they lie over each other.
 */
int run_mounts_prepare(struct step_run *run, struct error *err);
void run_mounts_release(struct step_run *run);
/* One more; what comes back is valid until the next. */
struct spec_mount *run_mount_add(struct step_run *run, const char *target, const char *type);
/* Its source is to be filled in. */
struct spec_mount *run_mount_add_bind(struct step_run *run, const char *target, bool is_read_only);
void run_mount_add_file(struct step_run *run, const char *target, const struct spec_file *file);

/* One for each kind. */
int run_bind_add(struct step_run *run, const struct run_mount *wanted, struct error *err);
int run_cache_add(struct step_run *run, const struct run_mount *wanted, struct error *err);
int run_ssh_add(struct step_run *run, const struct run_mount *wanted, struct error *err);

/* What a mount is from, whole, as a tree to be bound; when it may be written to, the writes go
 * elsewhere. */
int run_source_open(struct step_run *run, const struct run_mount *wanted, bool is_writable,
		    struct error *err);
/* All caches of the step, before the first is added. */
int run_caches_open(struct step_run *run, struct error *err);
void run_caches_release(struct step_run *run);
void run_ssh_release(struct step_run *run);
