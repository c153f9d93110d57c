/* SPDX-License-Identifier: Apache-2.0 */
#include "describe/catalog.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "engine/engine.h"
#include "storage/image/image.h"

void catalog_release(struct catalog *catalog)
{
	map_release(&catalog->images);
	arena_release(&catalog->arena);
}

const struct image *catalog_image(struct catalog *catalog, const char *reference,
				  const char *platform)
{
	auto_free char *key = alloc_format("%s %s", reference, platform ? platform : "");
	const struct image_wish wish = {reference, platform};
	struct error reason = {0};
	struct image *image;

	if (map_has(&catalog->images, key))
		return map_get(&catalog->images, key);
	image = arena_alloc(&catalog->arena, sizeof(*image));
	if (image_find_for(&catalog->engine->layout, &wish, image, &catalog->arena, &reason) < 0)
		image = NULL;
	map_set(&catalog->images, key, image);
	return image;
}
