/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/lookup.h - a container's directories, locks and names on disk.
 */
#pragma once

#include "engine/container.h"

/* The container's two directories, made when missing by _create. */
struct container_dirs {
	int root_fd; /* ROOT/containers/ID */
	int run_fd;  /* RUN/containers/ID */
};

int container_dirs_create(struct engine *engine, const char *id, struct container_dirs *dirs,
			  struct error *err);
int container_dirs_open(struct engine *engine, const char *id, struct container_dirs *dirs,
			struct error *err);
void container_dirs_close(struct container_dirs *dirs);

/* The lock for changes of one container: create, start, adopt, remove. Makes RUN/containers/ID when
 * it is not there. Returns a descriptor. */
int container_lock(struct engine *engine, const char *id, bool wait, struct error *err);
/* The lock that a monitor holds for its life. ERROR_BUSY: there is one. */
int container_monitor_lock(struct engine *engine, const char *id, struct error *err);
bool container_has_monitor(struct engine *engine, const char *id);

/* Takes the name: ERROR_CONFLICT when a container has it. Both are atomic. */
int container_name_claim(struct engine *engine, const char *name, const char *id,
			 struct error *err);
void container_name_drop(struct engine *engine, const char *name, const char *id);

/* Container.json and state.json without adopting. */
int container_load(struct engine *engine, const char *id, struct container *container,
		   struct arena *arena, struct error *err);

/* Removes the anonymous volumes among its mounts. */
void container_drop_volumes(struct engine *engine, const struct container *container);
