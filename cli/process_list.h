/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/process_list.h - the processes of one container, as `ps -ef` would show them on the host.
 */
#pragma once

#include <sys/types.h>

struct error;
struct table;

/* Adds a row for each process in the cgroup of @pid or below, led by @service and @number. A @pid
 * that has gone adds nothing. */
int process_list_add(struct table *table, pid_t pid, const char *service, const char *number,
		     struct error *err);
