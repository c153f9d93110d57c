/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/monitor/probe.h - the processes of one run of a health check.
 *
 * The command runs below a small reaper (libexec/coracle/init) in a cgroup of its own, below the
 * container's. So whatever it starts can be found, also what has left its session, and is reaped by
 * somebody when it ends: the container's own first process may never do that. When the command has
 * ended, or has to end, everything but the reaper is killed, and the reaper follows.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct error;
struct monitor;

struct probe {
	pid_t pid; /* the reaper, or without one the command: its exit code is the command's. 0:
		      none */
	int pidfd;
	int output_fd;
	int told_fd; /* ends when the command has; -1: @pid is the command */
	int cgroup_fd;
};

#define PROBE_ARGS 256

/* What a health check's @test executes: at most @room strings, with the NULL at their end. */
void probe_command(char **args, size_t room, char *const *test);
/* Closed descriptors are -1. */
void probe_init(struct probe *probe);
int probe_start(struct probe *probe, struct monitor *monitor, struct error *err);
/* Kills all but the reaper; with @all also that. To be repeated until it has gone: one that forks
 * may be faster than we are. */
void probe_end(struct probe *probe, bool all);
/* When @pid has been reaped. */
void probe_release(struct probe *probe);
/* Kills what the probe of a monitor that was killed may have left. */
void probe_sweep(const struct monitor *monitor);
