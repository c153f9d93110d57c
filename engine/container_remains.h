/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/container_remains.h - what is on disk of a container that does not run, taken away.
 */
#pragma once

#include "base/map.h"
#include "base/strvec.h"
#include "engine/container.h"

/* Several containers that are removed together. */
struct container_removal {
	struct engine *engine;
	unsigned flags;
	const struct strvec *ids;     /* what goes */
	struct strvec names, holders; /* of all containers: see container_names_list */
	struct map used;	      /* volumes of those that stay */
	bool knows_used;
	bool is_unsure; /* one that stays is damaged: it may use any volume */
};

void container_removal_release(struct container_removal *removal);

/* Has it a monitor that stays? One that has written its container's end is gone in a moment. */
bool container_is_guarded(struct engine *engine, const char *id);
/* ERROR_CONFLICT: it is guarded. Returns -1. */
int container_remains_refuse(struct engine *engine, const char *id, struct error *err);
/* ERROR_CONFLICT when it is guarded, ERROR_NOT_FOUND when it has gone. */
int container_remains_remove(struct container_removal *removal, const char *id, struct error *err);

/* One that has ended and has left its network, with its anonymous volumes: the last thing that the
 * monitor of an auto_remove container does. */
int container_remove_ended(struct engine *engine, const char *id, struct error *err);

/* What a killed create, remove or power cut left of a container: a directory without a description,
 * or with an empty one. Anything else stays, and so does one that is being made right now. */
void container_remove_litter(struct engine *engine, const char *id);

/* Before an anonymous volume is created for a container that is not finished: notes whose it is. */
int container_note_volume(struct engine *engine, const char *id, const char *volume,
			  struct error *err);
