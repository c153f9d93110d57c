/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe/process_private.h - one process as it was read, for the files behind
 * process_list.h.
 */
#pragma once

#include "describe/process_list.h"

#include <stdint.h>

struct process {
	pid_t pid;
	int parent, group, session, foreground;
	unsigned uid, euid, gid, egid;
	char state;
	unsigned flags;
	int terminal; /* device number */
	int nice, priority, threads, processor;
	uint64_t ticks, start_ticks, virtual_bytes, resident_pages;
};

struct process_column {
	const char *name, *title;
	void (*fill)(struct strvec *row, const struct process *process);
};

/* By the name that -o takes; NULL: there is none. */
const struct process_column *process_column_find(const char *name, size_t length);
/* All of /proc/PID/NAME. */
int process_read_file(pid_t pid, const char *name, struct strbuf *out);
