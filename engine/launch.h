/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/launch.h - how a monitor comes to be.
 *
 * A forked child runs the start's steps and then executes libexec/coracle/monitor:
 * a small process of its own without the command's memory, visible in ps, and the same code path
 * whether it was just started or adopts a container. The command hears over a pipe of struct error
 * records: code 0 is success, -1 "listening, waiting for attach", -2 a warning to pass on; anything
 * else is why it failed.
 */
#pragma once

#include "engine/container.h"

#define LAUNCH_LISTENING -1
#define LAUNCH_WARNING	 -2

/* Returns the pipe. */
int launch_start(struct engine *engine, const char *id, bool waits_for_attach, struct error *err);
/* Reads until listening (1) or started (0). */
int launch_wait(int fd, struct error *err);
/* Forks an adopting monitor, which shares the lock, and waits until it listens. */
int launch_adoption(struct engine *engine, const char *id, const char *name, int lock_fd,
		    struct error *err);
