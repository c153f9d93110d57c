/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe/catalog.h - door: what the rows of many containers, and the filters on them, look up,
 * each thing once.
 */
#pragma once

#include "base/arena.h"
#include "base/map.h"

#include <stdbool.h>

struct engine;
struct image;

struct catalog {
	struct engine *engine;
	bool is_full;	 /* nothing is cut */
	bool with_sizes; /* the files of containers are counted */
	/* Private. */
	struct map images;
	struct arena arena;
};

#define auto_catalog __attribute__((cleanup(catalog_release)))
void catalog_release(struct catalog *catalog);
/* By reference or id, for a platform (NULL: this host's); NULL: there is none of it here. */
const struct image *catalog_image(struct catalog *catalog, const char *reference,
				  const char *platform);
