/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/monitor_start.h - what a monitor finds when it begins: its descriptors, and the process
 * that waits for it. Written into one of its arguments by launch.c, or by keeper.c for a keeper to
 * use.
 */
#pragma once

#include <stdbool.h>

struct error;

/* -1 for what is not there. */
struct monitor_start {
	int lock_fd;	      /* its lock: see container_monitor_lock */
	int ready_fd;	      /* to the command: see launch.h */
	int netns_fd;	      /* the container's network */
	int sync_fd;	      /* of the process that waits: see struct spawned */
	int terminal_fd;      /* also without a process, from a keeper */
	int pidfd, pid;	      /* the process; without one, it adopts */
	int keeper_fd;	      /* to its keeper */
	int waits_for_attach; /* 1: the process does, until a client attaches */
};

#define MONITOR_START_NOTHING                                                                      \
	{                                                                                          \
		.lock_fd = -1, .ready_fd = -1, .netns_fd = -1, .sync_fd = -1, .terminal_fd = -1,   \
		.pidfd = -1, .pid = -1, .keeper_fd = -1, .waits_for_attach = -1                    \
	}

#define MONITOR_START_SIZE 200

void monitor_start_format(char text[MONITOR_START_SIZE], const struct monitor_start *start);
int monitor_start_parse(struct monitor_start *start, const char *text, struct error *err);
/* Before execve: its descriptors stay open. */
void monitor_start_keep(const struct monitor_start *start);
