/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/container_mounts.h - what a container that is being made has mounted.
 */
#pragma once

#include "engine/container.h"

/* Fills @container's mounts: what its configuration asks for, other containers' and the image's
 * volumes. Makes directories and volumes that are missing; the caller holds what keeps those. */
int container_mounts_resolve(struct engine *engine, struct container *container,
			     const struct image *image, struct arena *arena, struct error *err);
