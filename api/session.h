/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/session.h - a process of ours that has the streams of a container's, and the client that they
 * belong to.
 *
 * That process is the same code that the command line runs: attach_relay or container_exec on
 * pipes, or on a terminal. This one moves bytes between them and the client, as frames where there
 * are two streams. Neither direction waits for the other.
 */
#pragma once

#include "api/answer.h"

#include <stdbool.h>
#include <sys/types.h>

struct error;
struct request;

struct session {
	struct request *request;
	struct answer_raw raw;	      /* answer_hijack has filled it */
	bool is_raw;		      /* no frames */
	bool has_terminal;	      /* the process gets one; else pipes */
	unsigned short rows, columns; /* of that; 0: unknown */
	bool takes_input;
	/* Runs in the process, whose descriptors are @fds; what it returns is its exit code. */
	int (*run)(const int fds[3], void *data);
	/* Between starting it and moving bytes; NULL. */
	void (*started)(pid_t pid, int terminal_fd, void *data);
	void *data;
};

/* Until the process has ended, or the client has gone: that closes the streams. */
int session_run(struct session *session, struct error *err);
/* The same without a client: nothing is read or seen, and nobody waits. */
int session_run_alone(struct session *session, struct error *err);
