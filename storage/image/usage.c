/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/usage.h"

#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/map.h"
#include "storage/image/gc.h"
#include "storage/image/image_index.h"
#include "storage/image/image_private.h"
#include "storage/image/layer_store.h"

/* How many images have a layer: the value is the count. */
static void count_layers(struct map *counts, const struct image *images, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < images[i].layer_count; j++) {
			void **slot = map_slot(counts, images[i].chain_ids[j]);

			*slot = (char *)*slot + 1;
		}
}

static void share(const struct layout *layout, struct usage_images *usage,
		  const struct image *images)
{
	auto_map struct map counts = {0};

	count_layers(&counts, images, usage->count);
	for (size_t i = 0; i < usage->count; i++) {
		struct usage_image *item = usage->items + i;

		item->image = images[i];
		for (size_t j = 0; j < images[i].layer_count; j++) {
			const char *chain_id = images[i].chain_ids[j];
			int64_t size = layer_store_size(layout, chain_id);
			bool is_shared = (uintptr_t)map_get(&counts, chain_id) > 1;

			*(is_shared ? &item->shared : &item->unique) += size;
		}
	}
}

/* What no image and no container has, but the build cache: that counts there. */
static int64_t count_builds_own(const struct gc_list *layers, const struct gc_marks *builds,
				const struct gc_marks *images)
{
	int64_t bytes = 0;

	for (size_t i = 0; i < layers->count; i++)
		if (map_has(&builds->layers, layers->items[i].hex) &&
		    !map_has(&images->layers, layers->items[i].hex))
			bytes += layers->items[i].size;
	return bytes;
}

/* @used: marks of what containers need. */
static int count_bytes(const struct image_index *index, struct usage_images *usage,
		       const struct gc_marks *used, struct arena *arena, struct error *err)
{
	auto_gc_marks struct gc_marks builds = {0};
	auto_gc_marks struct gc_marks images = {0};
	struct gc_garbage all, garbage;
	int64_t builds_own;

	gc_mark_index(&images, index);
	if (gc_mark_containers(&images, index->layout, err) < 0 ||
	    gc_mark_builds(&builds, index->layout, err) < 0 ||
	    gc_find(index->layout, NULL, &all, arena, err) < 0 ||
	    gc_find(index->layout, used, &garbage, arena, err) < 0)
		return -1;
	builds_own = count_builds_own(&all.layers, &builds, &images);
	usage->bytes = all.blobs.bytes + all.layers.bytes - builds_own;
	usage->reclaimable = garbage.blobs.bytes + garbage.layers.bytes - builds_own;
	return 0;
}

int usage_images(const struct layout *layout, struct usage_images *usage, struct arena *arena,
		 struct error *err)
{
	auto_image_index struct image_index index = {.lock_fd = -1};
	auto_gc_marks struct gc_marks used = {0};
	struct image *images;

	*usage = (struct usage_images){0};
	if (image_index_open(&index, layout, false, err) < 0)
		return -1;
	image_store_list(&index, &images, &usage->count, arena);
	usage->items = arena_array(arena, usage->count, sizeof(*usage->items));
	share(layout, usage, images);
	if (gc_mark_containers(&used, layout, err) < 0)
		return -1;
	for (size_t i = 0; i < usage->count; i++)
		if (map_has(&used.users, images[i].id + strlen("sha256:")) ||
		    (images[i].layer_count > 0 &&
		     map_has(&used.mounted, images[i].chain_ids[images[i].layer_count - 1])))
			gc_mark_manifest(&used, layout, images[i].digest + strlen("sha256:"));
	return count_bytes(&index, usage, &used, arena, err);
}
