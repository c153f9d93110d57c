/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/peek.h - opens what /proc shows only to those who may look into a process.
 */
#pragma once

/* Opens "/proc/PID/…" for reading. Root without CAP_SYS_PTRACE, as in many a CI job's container,
 * may not look into processes of other users: it becomes the user of that one for the call. -1 with
 * errno. */
int peek_open(const char *path);
