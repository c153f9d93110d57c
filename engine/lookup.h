/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/lookup.h - a container's directories, locks and names on disk.
 */
#pragma once

#include "engine/container.h"

struct strvec;

/* Of all directories in ROOT/containers; some may be litter. */
int container_ids_list(struct engine *engine, struct strvec *ids, struct error *err);

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
/* The socket of its monitor: adopts first, waits for one that is only just starting. ESRCH when it
 * has none and so does not run. */
int container_connect(struct engine *engine, const char *id, struct error *err);

/* Takes the name: ERROR_CONFLICT when a container has it. Both are atomic. */
int container_name_claim(struct engine *engine, const char *name, const char *id,
			 struct error *err);
void container_name_drop(struct engine *engine, const char *name, const char *id);
/* All names and, in the same order, whose they are: a rename that was killed leaves a second one.
 */
int container_names_list(struct engine *engine, struct strvec *names, struct strvec *holders,
			 struct error *err);

/* Container.json and state.json without adopting. */
int container_load(struct engine *engine, const char *id, struct container *container,
		   struct arena *arena, struct error *err);

/* What a killed create, remove or power cut left of a container: a directory without a description,
 * or with an empty one. Anything else stays, and so does one that is being made right now. */
void container_remove_litter(struct engine *engine, const char *id);

/* Before an anonymous volume is created for a container that is not finished: notes whose it is. */
int container_note_volume(struct engine *engine, const char *id, const char *volume,
			  struct error *err);
