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
	int stdout_fd, stderr_fd; /* -1: not attached */
	const char *detach_keys;  /* "ctrl-p,ctrl-q" when NULL */
	bool ends_input;     /* the container's input ends when this client or its input does */
	bool joins;	     /* one that runs: it is never started, and outlives our output */
	bool passes_signals; /* with a terminal, too; but HUP, which says that ours has gone */
	bool keeps_signals;  /* INT, TERM and so on do to us what they do, not to the container */
	/* set by attach_open */
	bool has_tty; /* the container has one */
	/* set by attach_relay */
	int signal; /* with ATTACH_INTERRUPTED */
};

/* Connects. A container that does not run is started so that none of its output is missed, or with
 * @joins is ERROR_CONFLICT. */
int attach_open(struct engine *engine, struct attach_client *request, int *attach_fd,
		struct error *err);
/* Relays until the container exits or the user leaves. Neither direction waits for the other, nor
 * signals for any. Returns the exit code or one of those below. When output cannot be written (the
 * code in @err is write(2)'s) the result is -1, and the container is stopped unless we have only
 * joined it. Closes @attach_fd. */
int attach_relay(struct engine *engine, struct attach_client *request, int attach_fd,
		 struct error *err);

/* Are these keys that can leave? ERROR_INVALID. */
int attach_check_keys(const char *keys, struct error *err);

#define ATTACH_DETACHED 1000
/* By a signal while there is a terminal, else by the third TERM or INT: those before, and other
 * signals, went to the container. It still runs. */
#define ATTACH_INTERRUPTED 1001
