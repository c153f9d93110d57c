/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/volume_use.h - door: which containers use which volumes, and removing those that none
 * uses.
 *
 * A container that was created counts, whether it runs or not. From looking at the containers until
 * the volume is gone no other container is made (volume_hold).
 */
#pragma once

#include "engine/engine.h"
#include "storage/volume/volume.h"

#include <stdbool.h>
#include <stdint.h>

struct container;
struct map;

bool volume_use_mounts(const struct container *container, const char *volume);
/* Every volume that some container mounts, or one of them, as a key of @used. ERROR_INVALID: a
 * description is damaged, and so nobody knows. */
int volume_use_add(struct engine *engine, const char *id, struct map *used, struct error *err);
int volume_use_list(struct engine *engine, struct map *used, struct error *err);
/* ERROR_CONFLICT names the containers that use it, ERROR_NOT_FOUND when there is none. */
int volume_use_remove(struct engine *engine, const char *name, struct error *err);

struct volume_prune {
	bool all; /* named ones too */
	/* NULL: whichever is not used */
	bool (*fits)(const struct volume *volume, const void *data);
	void (*removed)(const char *name, int64_t bytes, const void *data);
	const void *data;
};
/* Removes what nobody uses; @bytes is what that gave back. */
int volume_use_prune(struct engine *engine, const struct volume_prune *prune, int64_t *bytes,
		     struct error *err);
