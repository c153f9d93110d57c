/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/container_store.h - a container's directories and locks on disk, and what lies there read.
 */
#pragma once

#include "engine/container.h"

struct strvec;

/* ERROR_NOT_FOUND: nobody has this name or id. Returns -1. */
int container_missing(const char *name, struct error *err);
/* Has it a container.json? */
bool container_exists(struct engine *engine, const char *id);

/* Of all directories in ROOT/containers; some may be litter. */
int container_ids_list(struct engine *engine, struct strvec *ids, struct error *err);
/* The same below RUN. */
int container_run_ids_list(struct engine *engine, struct strvec *ids, struct error *err);

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

/* The lock for changes of one container: create, start, remove. Makes RUN/containers/ID when it is
 * not there. Returns a descriptor; ERROR_NOT_FOUND when ROOT/containers/ID has gone meanwhile. */
int container_lock(struct engine *engine, const char *id, bool wait, struct error *err);
/* The lock that a monitor holds for its life. ERROR_BUSY: there is one. */
int container_monitor_lock(struct engine *engine, const char *id, struct error *err);
bool container_has_monitor(struct engine *engine, const char *id);

/* What the state says of whose it is, from the description. */
void container_sign_state(struct container *container, struct arena *arena);
/* Container.json and state.json. */
int container_load(struct engine *engine, const char *id, struct container *container,
		   struct arena *arena, struct error *err);
