/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/spawn_private.h - what spawn.c prepares in the parent and init.c finds in its copy of it;
 * private to spawn.c, init.c, exec.c and view.c.
 */
#pragma once

#include "runtime/spawn.h"
#include "runtime/spec.h"

#include <stdbool.h>
#include <stdint.h>

struct launch {
	const struct spec *spec;
	const struct spawn_request *request;
	int sync_fd; /* the child's end */
	int root_fd; /* the root file system, detached */
	int init_fd; /* the static init, or -1 */
	int *trees;  /* for each mount of the spec its source, -1 for file systems */
	int namespaces[SPEC_NS_COUNT]; /* those to join, or -1 */
	/* Until the parent has put the child into its cgroup, and given its user namespace ids. */
	bool wait_for_place;
	uint64_t later_namespaces;	 /* to be made when a user namespace has been joined */
	bool has_hooks;			 /* that run before the root is changed */
	const char *apparmor_profile;	 /* NULL: none, or not possible here */
	const char *label, *mount_label; /* SELinux's, likewise */
};

struct spawn_clone {
	uint64_t namespaces;  /* CLONE_NEW… */
	int cgroup_fd;	      /* -1: the caller's */
	bool *wait_for_place; /* set before cloning: the child waits for spawn_place */
	bool always_waits;    /* whether or not it must be put into its cgroup */
	bool out_of_cgroup;   /* result: it must */
	int pidfd;	      /* result */
};

/* The child's side; never returns. */
_Noreturn void init_run(struct launch *launch);

/* In a mount namespace of our own: to its root. Whoever started us may live in a chroot. pivot_root
 * would turn over only that, and the host's root would stay above ours, in reach of who breaks out
 * of a chroot and of all that join this namespace later. */
int init_leave_chroot(struct error *err);

/* Clones this process. Returns 0 in the child, the pid in the parent. */
pid_t spawn_clone(struct spawn_clone *clone, struct error *err);
/* After spawn_clone with *wait_for_place set: writes the child into the cgroup, if it is not there
 * yet, and tells it. */
int spawn_place(const struct spawn_clone *clone, pid_t pid, int sync_fd, struct error *err);
/* Compiles or loads the filter and sends it; without seccomp does nothing. Returns 1 when the child
 * will answer with SYNC_LISTENER. */
int spawn_send_filter(int sync_fd, const struct spec *spec, const char *cache_dir,
		      struct error *err);
/* Sets oom_score_adj of a child when the spec says one; lowering it without CAP_SYS_RESOURCE is
 * only a warning, and to 0 not even that. */
int spawn_set_oom_score(int pidfd, const struct spec *spec, struct error *err);
/* What only we may do to a process that waits for its start: scheduler and I/O priority, @groups of
 * resctrl; for one in a user namespace its limits. */
int spawn_settle(pid_t pid, const struct spec *spec, char *const *groups, struct error *err);
/* The spec's profile when AppArmor runs here; else NULL, with a warning. */
const char *spawn_apparmor_profile(const struct spec *spec);
/* Waits for SYNC_CHILD while @what: from then on the process is the one inside. ENOMEM in @err: the
 * container has ended. */
int spawn_take_child(struct spawned *spawned, const char *what, struct error *err);
/* Kills and reaps a child that did not become a container's process. */
void spawn_abandon(pid_t pid, int pidfd);
/* Waits until execve has happened in the child, or reports why not. */
int spawn_wait_exec(int sync_fd, struct error *err);
