/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image_remove.c - image_tag and image_remove of storage/image.h.
 *
 * The name goes first; what nothing refers to any more follows. A kill in between leaves blobs and
 * layers that cost space and nothing else.
 */
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "storage/blob.h"
#include "storage/image_store.h"
#include "storage/layer_store.h"
#include "storage/reference.h"

int image_tag(const struct layout *layout, const char *source, const char *target,
	      struct error *err)
{
	auto_image_index struct image_index index = {.lock_fd = -1};
	auto_free char *full = reference_normalize(target, err);
	auto_arena struct arena arena = {0};
	struct image_index_entry entry;
	enum image_match match;
	struct image image;
	int64_t size;
	int fd;

	if (!full)
		return -1;
	if (strchr(full, '@'))
		return error_set(err, ERROR_INVALID,
				 "cannot tag '%s': a tag, not a digest, names "
				 "an image",
				 target);
	if (image_index_open(&index, layout, true, err) < 0 ||
	    image_store_find(&index, source, &image, &match, &arena, err) < 0)
		return -1;
	fd = blob_open(layout, image.digest + 7, &size, err);
	if (fd < 0)
		return -1;
	close(fd);
	entry = (struct image_index_entry){
		.hex = image.digest + 7,
		.size = size,
		.name = full,
		.os = image.os,
		.architecture = image.architecture,
		.variant = image.variant,
	};
	image_index_add(&index, &entry);
	return image_index_save(&index, err);
}

struct removal {
	const struct layout *layout;
	struct image_index index;
	struct arena arena;
	struct strbuf *report;
	struct map blobs, layers; /* what the removed manifests used; then less what others use */
};

static void release(struct removal *removal)
{
	image_index_close(&removal->index);
	map_release(&removal->blobs);
	map_release(&removal->layers);
	arena_release(&removal->arena);
}

static size_t count_names(const struct image *image)
{
	size_t count = 0;

	while (image->names && image->names[count])
		count++;
	return count;
}

static void untag(struct removal *removal, const char *full, bool keep_unnamed)
{
	auto_free char *familiar = reference_familiar(full);

	image_index_remove_name(&removal->index, full, keep_unnamed);
	strbuf_printf(removal->report, "Untagged: %s\n", familiar);
}

/* All manifests with the config of @image leave the index; notes what they used. */
static int forget_image(struct removal *removal, const struct image *image, struct error *err)
{
	const struct layout *layout = removal->layout;

	for (size_t i = 0; i < image_index_count(&removal->index); i++) {
		json *entry = image_index_at(&removal->index, i);
		struct manifest manifest;
		struct image other;
		char hex[DIGEST_HEX_SIZE];

		if (image_store_read(layout, entry, &other, &manifest, &removal->arena, NULL) < 0 ||
		    strcmp(other.id, image->id) != 0 || !image_index_digest(entry, hex))
			continue;
		map_set(&removal->blobs, hex, NULL);
		map_set(&removal->blobs, manifest.config.hex, NULL);
		for (size_t j = 0; j < manifest.layer_count; j++)
			map_set(&removal->blobs, manifest.layers[j].hex, NULL);
		image_index_remove_digest(&removal->index, hex);
		i = (size_t)-1; /* entries have moved: from the start */
	}
	for (size_t j = 0; j < image->layer_count; j++)
		map_set(&removal->layers, image->chain_ids[j], NULL);
	return image_index_save(&removal->index, err);
}

/* An image that cannot be read might use anything: then nothing is removed. */
static int keep_used(struct removal *removal, struct error *err)
{
	for (size_t i = 0; i < image_index_count(&removal->index); i++) {
		json *entry = image_index_at(&removal->index, i);
		struct manifest manifest;
		struct image image;
		char hex[DIGEST_HEX_SIZE];

		if (image_store_read(removal->layout, entry, &image, &manifest, &removal->arena,
				     err) < 0)
			return error_wrap(err, "the names are gone, but its data stays");
		if (image_index_digest(entry, hex))
			map_remove(&removal->blobs, hex);
		map_remove(&removal->blobs, manifest.config.hex);
		for (size_t j = 0; j < manifest.layer_count; j++)
			map_remove(&removal->blobs, manifest.layers[j].hex);
		for (size_t j = 0; j < image.layer_count; j++)
			map_remove(&removal->layers, image.chain_ids[j]);
	}
	return 0;
}

static int remove_data(struct removal *removal, const struct image *image, struct error *err)
{
	auto_staging struct staging staging = STAGING_CLOSED;

	if (forget_image(removal, image, err) < 0 || keep_used(removal, err) < 0)
		return -1;
	strbuf_printf(removal->report, "Deleted: %s\n", image->id);
	map_each (entry, &removal->blobs)
		if (blob_remove(removal->layout, entry->key, err) < 0)
			return -1;
	if (removal->layers.count == 0)
		return 0;
	if (staging_open(&staging, removal->layout, err) < 0)
		return -1;
	for (size_t i = removal->layers.count; i-- > 0;) {
		const char *chain_id = removal->layers.entries[i].key;

		if (layer_store_remove(&staging, chain_id, err) < 0)
			return -1;
		strbuf_printf(removal->report, "Deleted: sha256:%s\n", chain_id);
	}
	/* Others may use the index while the trees are removed with the staging directory. */
	image_index_close(&removal->index);
	return 0;
}

static bool is_used(const struct image *image, char *const *in_use)
{
	for (; in_use && *in_use; in_use++)
		if (strcmp(*in_use, image->id) == 0 || strcmp(*in_use, image->id + 7) == 0)
			return true;
	return false;
}

static int remove_image(struct removal *removal, const char *reference, bool force,
			char *const *in_use, struct error *err)
{
	enum image_match match;
	struct image image;
	size_t names;
	bool used;

	if (image_store_find(&removal->index, reference, &image, &match, &removal->arena, err) < 0)
		return -1;
	names = count_names(&image);
	used = is_used(&image, in_use);
	if (match == IMAGE_BY_NAME && names > 1) {
		auto_free char *full = reference_normalize(reference, err);

		if (!full)
			return -1;
		untag(removal, full, false);
		return image_index_save(&removal->index, err);
	}
	if (match == IMAGE_BY_ID && names > 1 && !force)
		return error_set(err, ERROR_CONFLICT,
				 "image '%s' has %zu names: remove them one by one, or use --force",
				 reference, names);
	if (used && !force)
		return error_set(err, ERROR_CONFLICT,
				 "image '%s' is used by a container: remove that first", reference);
	if (used && names == 0)
		return error_set(err, ERROR_CONFLICT,
				 "image '%s' is used by a container and has no name to take away",
				 reference);
	for (size_t i = 0; i < names; i++)
		untag(removal, image.names[i], true); /* forget_image looks for the entry */
	if (used)				      /* its containers keep it, without a name */
		return image_index_save(&removal->index, err);
	return remove_data(removal, &image, err);
}

int image_remove(const struct layout *layout, const char *reference, bool force,
		 char *const *in_use, struct strbuf *report, struct error *err)
{
	struct removal removal = {.layout = layout, .report = report, .index.lock_fd = -1};
	int result = image_index_open(&removal.index, layout, true, err);

	if (result == 0)
		result = remove_image(&removal, reference, force, in_use, err);
	release(&removal);
	return result;
}
