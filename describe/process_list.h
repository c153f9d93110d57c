/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe/process_list.h - door: the processes of one container, as `ps -ef` shows them on the
 * host.
 */
#pragma once

#include <sys/types.h>

struct error;
struct strvec;

/* The cells of a row: UID, PID, …; ends with NULL. */
extern const char *const process_list_titles[];

typedef void process_list_take(const struct strvec *row, void *data);
/* Hands over a row for each process in the cgroup of @pid or below. A @pid that has gone has none.
 */
int process_list(pid_t pid, process_list_take *take, void *data, struct error *err);
