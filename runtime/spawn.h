/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/spawn.h - door: starts a container's first process. This file's .c runs in the parent;
 * the child's side until execve is init.c; sync.h is what they say to each other.
 *
 * Two phases: after spawn_create everything is in place (namespaces, mounts, cgroup, identity,
 * seccomp) and the child waits, with nothing of ours in its memory; spawn_start lets it execve.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct error;
struct spec;

struct spawn_request {
	const struct spec *spec;
	int rootfs_fd;		   /* a detached mount (fsmount, open_tree); -1: bind root_path */
	int netns_fd;		   /* joined; -1: as the spec's namespaces say */
	int stdio_fds[3];	   /* become 0, 1, 2; -1: /dev/null. Unused with a terminal */
	int cgroup_fd;		   /* the container's cgroup directory; -1: stay in the caller's */
	char *const *groups;	   /* of resctrl, which its process is put into; NULL: none */
	const char *seccomp_cache; /* directory for compiled filters; NULL: compile each time */
	const char *init_path;	   /* host path of the static init for spec->use_init */
	const char *id, *bundle;   /* as a seccomp listener is told; NULL: "" */
	/* A listening socket (spawn_listen), where the process waits after spawn_leave: 0: none. */
	int listen_fd;
	int preserved; /* so many descriptors of the caller's behind 2 are the program's, too */
	bool no_pivot; /* chroot instead: where pivot_root cannot be, as from an initramfs */
	/* With hooks of the spec's that run before the root is changed: is to run those that run
	 * outside (prestart, createRuntime). Everything but the root is the container's by then,
	 * and @pid the process that will have it. Returns a file with what the hooks inside
	 * (createContainer) are to read, or -1. */
	int (*run_hooks)(void *data, pid_t pid, struct error *err);
	void *hooks_data;
};

struct spawned {
	pid_t pid; /* child of the caller, in the caller's pid namespace */
	int pidfd;
	int terminal_fd; /* pty master with spec->terminal, else -1 */
	int sync_fd;	 /* private to spawn.c */
};

/* The errors of both have the errno of execve: ENOENT and EACCES tell 127 from 126. They
 * name the step that failed. A failed create or start leaves no process behind: it is killed and
 * reaped, and spawn_release is all that is left to do. */
int spawn_create(struct spawned *spawned, const struct spawn_request *request, struct error *err);
int spawn_start(struct spawned *spawned, struct error *err);
/* For a start by another process than that which has created: a socket @name in @dirfd, of root's
 * alone, for spawn_request.listen_fd. */
int spawn_listen(int dirfd, const char *name, struct error *err);
/* After spawn_create with it: the process goes on waiting there when we have gone. Before that it
 * ends with us. */
int spawn_leave(struct spawned *spawned, struct error *err);
/* A socket to the process that waits at @name in @dirfd; ESRCH: nobody waits there. */
int spawn_reach(int dirfd, const char *name, struct error *err);
/* Lets it go, once. Errors as those of spawn_start; nothing is reaped, it may be about to end. */
int spawn_let_go(int fd, struct error *err);
/* Closes the descriptors; does not touch the process. */
void spawn_release(struct spawned *spawned);
/* As fork(2), for what outlives the command: the child is not in the caller's cgroup, which
 * somebody may kill or freeze as a whole (a CI job's, cron's), but in one that lasts:
 * cgroup_open_place. */
pid_t spawn_fork(void);
/* Docker's exit code for a failed start: 127 not found, 126 not executable, 128 otherwise. */
int spawn_exit_code(const struct error *err);
