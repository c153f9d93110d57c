/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/container_start.h - what goes when a container does not start.
 *
 * container_start itself is in engine/container.h.
 */
#pragma once

struct engine;

/* One that is to go at its end (auto_remove) goes now, with its anonymous volumes: its end will not
 * come. @flags CONTAINER_REMOVE_FORCE: although it may run; without it one that runs after all, or
 * is paused, stays. */
void container_start_failed(struct engine *engine, const char *id, unsigned flags);
