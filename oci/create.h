/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci/create.h - door: create, start and run.
 */
#pragma once

#include "oci/container.h"

#include <stdbool.h>

struct error;

struct oci_create_request {
	const char *root, *id;
	const char *bundle;	    /* a directory with config.json */
	const char *pid_file;	    /* NULL: none */
	const char *console_socket; /* NULL: none */
	int preserved;		    /* descriptors behind the first three; of them */
	int handed_over;	    /* from a service manager, which the program is told of */
	bool no_pivot, keeps_keys;
	bool without_cgroup, by_systemd; /* who makes the cgroup: nobody, systemd; else we */
};

/* Makes a container whose process waits for oci_start, by itself: nothing of ours stays. What has
 * failed leaves nothing behind. */
int oci_create(const struct oci_create_request *request, struct error *err);
/* Lets it go. ERROR_CONFLICT: it is not waiting. */
int oci_start(const char *root, const char *id, struct error *err);

struct oci_run_request {
	struct oci_create_request create;
	bool detach, keep; /* do not wait; do not delete at the end */
};

/* Both, and waits: the exit code, 128 + signal. */
int oci_run(const struct oci_run_request *request, struct error *err);
