/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/container_connect.h - the way to a container's monitor.
 */
#pragma once

struct engine;
struct error;

/* ESRCH: it does not run. Returns -1. */
int container_not_running(const char *id, struct error *err);
/* The socket of its monitor: heals first, waits for one that is only just starting. ESRCH when it
 * has none and so does not run. */
int container_connect(struct engine *engine, const char *id, struct error *err);
/* The description on disk has changed: its monitor, if there is one, reads it again. */
int container_tell_changed(struct engine *engine, const char *id, struct error *err);
