/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/usage.h - door: how much room images, containers and volumes take.
 */
#pragma once

#include "storage/image/image.h"
#include "storage/layout.h"

#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

/* One image beside the others: what only it has, and what it shares. */
struct usage_image {
	struct image image;
	int64_t unique, shared;
};

struct usage_images {
	struct usage_image *items;
	size_t count;
	int64_t bytes;	     /* of all blobs and layers */
	int64_t reclaimable; /* what would go with all images that no container uses */
};
int usage_images(const struct layout *layout, struct usage_images *usage, struct arena *arena,
		 struct error *err);
