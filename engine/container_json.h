/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/container_json.h - container.json and state.json, each described by one table.
 */
#pragma once

#include "engine/container.h"

struct arena;

/* ROOT/containers/ID/container.json; the caller holds the container's lock. Not fsynced: a file
 * that a power cut left empty is litter, which the next command removes. */
int container_json_save(struct engine *engine, const struct container *container,
			struct error *err);
/* ENOENT in @err when there is no such container. Does not read the state. */
int container_json_load(struct engine *engine, const char *id, struct container *container,
			struct arena *arena, struct error *err);
/* Of one that is damaged elsewhere: id, name, labels, cgroup. All else is zero. */
bool container_json_identify(struct engine *engine, const char *id, struct container *container,
			     struct arena *arena);

/* RUN/containers/ID/state.json, and with @also_root, or while it is old,
 * ROOT/containers/ID/state.json, which is what remains after a reboot. 1: only that could not be
 * written, @err says why, and
 * @state->root_is_old is set. */
int container_state_save(struct engine *engine, const char *id, struct container_state *state,
			 bool also_root, struct error *err);
/* A container without any state is created; one that ran when the host went down has exited with
 * 255. 0 when the state is not from RUN: never started since boot, lost or damaged; else 1. -1: it
 * is there, and cannot be read just now. */
int container_state_load(struct engine *engine, const char *id, struct container_state *state,
			 struct arena *arena, struct error *err);
/* With memory of @arena alone. */
void container_state_copy(struct container_state *to, const struct container_state *from,
			  struct arena *arena);
