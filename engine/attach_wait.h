/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/attach_wait.h - door: attached before the start, from another process than that which
 * starts.
 *
 * Who waits listens on RUN/containers/ID/attach.PID; who starts has the monitor wait until all of
 * them are attached, so that none of the first output is missed.
 */
#pragma once

#include <stdbool.h>

struct engine;
struct error;

/* A descriptor: readable, the container is being started. */
int attach_wait_open(struct engine *engine, const char *id, struct error *err);
/* It is readable: attaches, and lets the start go on. Returns the connection to the monitor. */
int attach_wait_join(struct engine *engine, const char *id, int fd, bool ends_input,
		     struct error *err);
/* The same for one that runs: @ends_input: the container's input ends with this connection. */
int attach_wait_connect(struct engine *engine, const char *id, bool ends_input, struct error *err);
void attach_wait_close(struct engine *engine, const char *id, int fd);

/* As container_start, with those that wait. */
int attach_wait_start(struct engine *engine, const char *id, struct error *err);
