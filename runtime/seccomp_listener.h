/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/seccomp_listener.h - the agent that answers system calls of SCMP_ACT_NOTIFY: it gets the
 * filter's descriptor over the socket that the profile names.
 */
#pragma once

#include <sys/types.h>

struct error;
struct spec;

struct seccomp_process {
	const char *id, *bundle; /* NULL: "" */
	const char *status;	 /* of the container: "creating", "running" */
	pid_t pid, init_pid;	 /* this process's, the container's */
};

/* Sends "container process state" as the OCI specification has it, and the descriptor. */
int seccomp_listener_send(const struct spec *spec, const struct seccomp_process *process,
			  int listener_fd, struct error *err);
