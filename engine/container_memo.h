/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/container_memo.h - what container_heal_all has read, for who reads it right afterwards.
 *
 * Descriptions are replaced as a whole, by a rename: while both files are the ones that were read,
 * so is what they say.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>

struct container;
struct engine;

/* The files as they are now, in @id's two directories: taken before they are read. */
struct container_stamp {
	unsigned long long values[8];
};
void container_memo_stamp(struct engine *engine, const char *id, struct container_stamp *stamp);
/* Memory of what is kept, until the engine is closed. */
struct arena *container_memo_arena(struct engine *engine);
/* @container's memory is of that arena. */
void container_memo_keep(struct engine *engine, const struct container_stamp *stamp,
			 const struct container *container);
/* False: nothing is known, or it has changed since. */
bool container_memo_get(struct engine *engine, const char *id, struct container *container);
void container_memo_release(struct engine *engine);
