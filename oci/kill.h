/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci/kill.h - door: signals, pausing, and which processes there are.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct error;

/* To the first process (ESRCH: "container not running"), or with @all to every one that is left. */
int oci_kill(const char *root, const char *id, int signal, bool all, struct error *err);
/* ERROR_CONFLICT: it is not in a state for that. */
int oci_pause(const char *root, const char *id, struct error *err);
int oci_resume(const char *root, const char *id, struct error *err);
/* malloc'ed. */
int oci_list_pids(const char *root, const char *id, pid_t **pids, size_t *count, struct error *err);
