/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/exec_stdio.h - the standard descriptors of a command in a container, by way of pipes.
 *
 * None of the caller's descriptors goes into the container: through /proc/self/fd a process there
 * could open the file behind one again, for writing, reach the host's file system from a directory,
 * or push characters into the caller's terminal. So container_exec copies.
 *
 *   exec_stdio_open      makes the pipes; child_fds are for the command
 *   exec_stdio_watch     the command runs: closes its ends, copies from now on
 *   exec_stdio_finish    it has ended: copies what is left of its output
 */
#pragma once

#include "base/loop.h"

#include <stdbool.h>
#include <stddef.h>

struct error;

#define EXEC_STDIO_BUFFER 65536

struct exec_pump {
	struct loop_source source;
	int from, to;	   /* the caller's end is not owned */
	int pipe;	   /* which of the two is ours, -1: none */
	size_t used, sent; /* of the buffer; input only */
	bool is_watching_pipe;
};

struct exec_stdio {
	int child_fds[3];
	struct exec_pump pumps[3];
	struct loop *loop;
	char *buffer; /* of input that the command does not take yet */
	void (*on_sigpipe)(int);
	bool is_one_output; /* both go to the same place: in one pipe their order stays */
};

/* @fds are the caller's; -1 and the null device need no pipe. */
int exec_stdio_open(struct exec_stdio *stdio, const int fds[3], struct error *err);
int exec_stdio_watch(struct exec_stdio *stdio, struct loop *loop, struct error *err);
void exec_stdio_finish(struct exec_stdio *stdio);
/* Closes what is open; a zeroed one is fine. */
void exec_stdio_release(struct exec_stdio *stdio);
