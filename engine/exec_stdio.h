/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/exec_stdio.h - the standard descriptors of a command in a container: pipes, or a terminal
 * of its own.
 *
 * None of the caller's descriptors goes into the container: through /proc/self/fd a process there
 * could open the file behind one again, for writing, reach the host's file system from a directory,
 * or push characters into the caller's terminal. So container_exec copies.
 *
 *   exec_stdio_open      makes the pipes; child_fds are for the command
 *   exec_stdio_watch     the command runs: closes its ends, copies from now on
 *   exec_stdio_finish    it has ended: what is left of its output follows
 */
#pragma once

#include "engine/pump.h"
#include "engine/tty.h"

#include <stdbool.h>

struct error;

struct exec_stdio {
	int child_fds[3];
	struct pump pumps[3];
	struct tty_detach keys;
	void (*on_sigpipe)(int);
	bool is_open, is_watching;
};

/* @fds are the caller's; -1 and the null device need no pipe. */
int exec_stdio_open(struct exec_stdio *stdio, const int fds[3], struct error *err);
/* The same with functions for what the command writes, and nothing to read: @data is for 1 and 2.
 */
int exec_stdio_open_taken(struct exec_stdio *stdio, outlet_take *take, void *const data[2],
			  struct error *err);
/* The same for a command with a terminal, whose output is all in one. @keys leave it. */
int exec_stdio_open_terminal(struct exec_stdio *stdio, const int fds[3], const char *keys,
			     struct error *err);
/* @terminal_fd: the terminal's master, not owned; -1: there are pipes. */
int exec_stdio_watch(struct exec_stdio *stdio, struct loop *loop, int terminal_fd,
		     struct error *err);
void exec_stdio_finish(struct exec_stdio *stdio);
/* Its user has typed the keys that leave. */
bool exec_stdio_has_left(const struct exec_stdio *stdio);
/* Output is still on its way. */
bool exec_stdio_is_busy(const struct exec_stdio *stdio);
/* -1 with write(2)'s errno in @err when output could not be written. */
int exec_stdio_check(const struct exec_stdio *stdio, struct error *err);
/* Closes what is open; a zeroed one is fine. */
void exec_stdio_release(struct exec_stdio *stdio);
