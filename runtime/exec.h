/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/exec.h - door: one more process in a running container.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct error;
struct spec;

struct exec_request {
	const struct spec *spec; /* the container's: capabilities, seccomp, no_new_privileges, … */
	int init_pidfd;		 /* of the container's first process: its namespaces are joined */
	pid_t init_pid;
	int cgroup_fd;	     /* the container's cgroup directory, or -1 */
	char *const *groups; /* the container's of resctrl; NULL: none */
	const char *program; /* executed with @args; NULL: args[0] */
	char **args;
	char **env;	  /* complete, but HOME is added when it is missing */
	bool exact_env;	  /* nothing is added */
	const char *cwd;  /* NULL: spec's */
	const char *user; /* "u", "u:g"; looked up in the container; NULL: spec's user */
	bool terminal;
	unsigned short rows, columns; /* of the terminal; 0: the spec's */
	bool privileged;
	int stdio_fds[3];
	const char *seccomp_cache;
	const char *id, *bundle; /* as a seccomp listener is told; NULL: "" */
	/* From exec_open_reaper: runs the command and stays until nothing is left that it has
	 * started. Its standard output is both of the command's, its standard error ends with the
	 * command. Not with a terminal; 0 or -1: none. */
	int reaper_fd;
	int preserved; /* so many descriptors of the caller's behind 2 are the command's, too */
};

struct exec_process {
	pid_t pid; /* child of the caller */
	int pidfd;
	int terminal_fd; /* -1 without terminal */
};

/* Errors of execve as for spawn_start; whatever failed before has none of those codes. ESRCH and
 * ENOMEM: the container has ended. */
int exec_start(struct exec_process *process, const struct exec_request *request, struct error *err);
/* The static init at @path, for reaper_fd. */
int exec_open_reaper(const char *path, struct error *err);
/* A detached copy of what is mounted at @path in the container of @init_pidfd, to be mounted into
 * another one. @type: what statfs(2) calls its file system. ERROR_CONFLICT when that is not there.
 */
int exec_clone_mount(int init_pidfd, const char *path, long type, struct error *err);
