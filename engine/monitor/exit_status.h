/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/monitor/exit_status.h - what an adopting monitor can still learn about a process that is
 * not its child.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* The exit code (128 + signal) of a process whose pidfd polls readable: from the kernel's record
 * (PIDFD_GET_INFO, Linux 6.15) or from its zombie; -1 when nobody knows. */
int exit_status_of_foreign(int pidfd, pid_t pid);
/* Is it past the point from which on it may have closed its descriptors? That is some milliseconds
 * before its pidfd tells of the end. */
bool exit_status_is_near(pid_t pid);
