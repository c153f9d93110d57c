/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci/attend.h - a child that runs in a container is waited for: signals are passed on to it, and
 * its terminal is at ours.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct error;

struct oci_child {
	pid_t pid;
	int pidfd;
	int terminal_fd; /* -1: it has our streams itself */
};

/* The signals that are passed on wait from now on, so that none is lost while it starts. */
void oci_attend_begin(void);
/* The exit code, 128 + signal; the child is reaped. */
int oci_attend(const struct oci_child *child, struct error *err);
