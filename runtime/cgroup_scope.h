/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/cgroup_scope.h - door: cgroups that systemd makes: transient scopes, delegated to us.
 *
 * systemd is spoken to by its own programs, systemd-run and systemctl: they are there wherever it
 * runs, speak to process 1 itself (no D-Bus daemon has to run), wait for its jobs and say what
 * failed. A library would be another dependency (libsystemd has no archive for `make static`,
 * libdbus's wants libsystemd), busctl needs the daemon and cannot wait; a call takes 10 ms.
 *
 * A scope needs a process from its first moment and goes with its last, and a container's process
 * is to be cloned into the cgroup that it will see as its root. So a stand-in is the first: the
 * program that systemd-run executes inside. It repeats what it reads, which proves that the scope
 * is there, and ends when we do. So a caller that is killed leaves nothing: systemd takes an empty
 * scope away by itself.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct error;
struct pair;
struct spec_resources;

struct cgroup_scope_request {
	const char *slice, *name; /* "machine.slice", "libpod-ID.scope" */
	const char *description;
	const struct spec_resources *resources;
	const struct pair *annotations; /* those of properties count, the others do not */
	size_t annotation_count;
};

struct cgroup_scope {
	pid_t pid; /* the stand-in; 0: none */
	int fd;
	char *path; /* of the cgroup, as systemd has made it */
};

#define CGROUP_NO_SCOPE                                                                            \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* "SLICE:PREFIX:NAME", or nothing at all for system.slice and coracle-ID. malloc'ed. ERROR_INVALID.
 */
int cgroup_scope_parse(char **slice, char **name, const char *cgroups_path, const char *id,
		       struct error *err);
/* ERROR_UNSUPPORTED: no systemd runs here that could be asked. */
int cgroup_scope_check(struct error *err);
/* Its limits are set when it is there, as far as systemd knows them. One of that name that has
 * failed is replaced, one that runs is an error. */
int cgroup_scope_open(struct cgroup_scope *scope, const struct cgroup_scope_request *request,
		      struct error *err);
/* The stand-in ends: somebody else has to be in the cgroup by now. */
void cgroup_scope_release(struct cgroup_scope *scope);
int cgroup_scope_update(const char *name, const struct spec_resources *resources,
			struct error *err);
/* Waits until its name is free; one that is not there is fine. */
int cgroup_scope_stop(const char *name, struct error *err);
