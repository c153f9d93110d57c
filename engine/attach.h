/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/attach.h - door: the standard streams of a running container over its monitor's socket.
 */
#pragma once

#include "engine/engine.h"

#include <stdbool.h>

struct attach_client {
	const char *id;
	int stdin_fd; /* -1: not attached. Put into raw mode when the container has a tty */
	int stdout_fd, stderr_fd;
	const char *detach_keys; /* "ctrl-p,ctrl-q" when NULL */
	bool forward_signals;	 /* TERM, INT, … of the caller go to the container */
	bool has_tty;		 /* set by attach_open: the container has one */
};

/* Connects. A container that does not run is started so that none of its output is missed. */
int attach_open(struct engine *engine, struct attach_client *request, int *attach_fd,
		struct error *err);
/* Relays until the container exits or the user detaches; returns its exit code, or
 * ATTACH_DETACHED. Closes @attach_fd. */
int attach_relay(struct engine *engine, const struct attach_client *request, int attach_fd,
		 struct error *err);

#define ATTACH_DETACHED 1000
