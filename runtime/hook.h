/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/hook.h - door: runs the hooks of a specification, one after the other.
 *
 * A hook's standard input is a file with the container's state; what it prints is kept for the
 * error that it may come to. It has its own environment alone, and ends within its time or is
 * killed.
 */
#pragma once

struct error;
struct exec_process;
struct spec_hook;
struct spec_hooks;

struct hook_start {
	const char *path;
	char **args, **env;
	int fds[3]; /* its standard streams */
};

struct hook_place {
	const char *kind; /* as the specification calls them: "poststop" */
	int input_fd;	  /* rewound for each */
	/* Starts one as a child of this process; NULL: in the caller's namespaces. */
	int (*start)(struct exec_process *process, const struct hook_start *hook, void *data,
		     struct error *err);
	void *data;
};

/* Stops at the first one that fails: -1, and @err says which, how, and what it has printed. */
int hook_run_all(const struct spec_hooks *hooks, const struct hook_place *place, struct error *err);
/* Goes on after a failure, which is a warning. */
void hook_try_all(const struct spec_hooks *hooks, const struct hook_place *place);
