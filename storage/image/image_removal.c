/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/image_removal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "storage/image/blob.h"
#include "storage/image/image_event.h"
#include "storage/image/image_private.h"
#include "storage/image/layer_snapshot.h"
#include "storage/image/layer_store.h"
#include "storage/image/partial.h"
#include "storage/reference.h"
#include "storage/store_lock.h"

int image_removal_begin(struct image_removal *removal, const struct layout *layout,
			struct strbuf *report, struct error *err)
{
	struct error reason = {0};

	*removal = (struct image_removal){
		.layout = layout,
		.report = report,
		.index = {.lock_fd = -1},
		.staging = STAGING_CLOSED,
		.lock_fd = -1,
	};
	if (staging_open(&removal->staging, layout, err) < 0)
		return -1;
	removal->lock_fd = store_lock_exclude(layout, true, &reason);
	if (removal->lock_fd < 0 && reason.code != ERROR_BUSY)
		return error_pass(err, &reason);
	if (image_index_open(&removal->index, layout, true, err) < 0)
		return -1;
	return gc_mark_containers(&removal->marks, layout, err);
}

void image_removal_close(struct image_removal *removal)
{
	image_index_close(&removal->index);
	cleanup_close(&removal->lock_fd);
	removal->lock_fd = -1;
	staging_close(&removal->staging);
	gc_marks_release(&removal->marks);
	map_release(&removal->configs);
	arena_release(&removal->arena);
}

const char *image_removal_user(const struct image_removal *removal, const struct image *image)
{
	const char *user = map_get(&removal->marks.users, image->id + strlen("sha256:"));

	if (!user && image->layer_count > 0)
		user = map_get(&removal->marks.mounted, image->chain_ids[image->layer_count - 1]);
	return user;
}

static void say(struct image_removal *removal, const char *what, const char *object)
{
	if (removal->is_prune)
		strbuf_printf(removal->report, "%c%s: %s\n", what[0] | 0x20, what + 1, object);
	else
		strbuf_printf(removal->report, "%s: %s\n", what, object);
}

static void note(struct image_removal *removal, const char *action, const char *id,
		 const char *name)
{
	struct arena *arena = &removal->arena;

	removal->removed = arena_grow(arena, removal->removed, removal->removed_count,
				      sizeof(*removal->removed));
	removal->removed[removal->removed_count++] =
		(struct image_removed){action, arena_string(arena, id), arena_string(arena, name)};
}

static void tell(struct image_removal *removal)
{
	for (size_t i = 0; i < removal->removed_count; i++)
		image_event_gone(removal->removed[i].action, removal->removed[i].id,
				 removal->removed[i].name);
	removal->removed_count = 0;
}

/* The config of a manifest, "" when it cannot be read. */
static const char *config_of(struct image_removal *removal, const char *hex)
{
	const char *config = map_get(&removal->configs, hex);
	auto_strbuf struct strbuf text = {0};
	auto_json json *document = NULL;
	struct manifest manifest;

	if (config)
		return config;
	config = "";
	if (blob_read(removal->layout, hex, &text, NULL) == 0)
		document = json_parse(strbuf_text(&text), text.length, "manifest", NULL);
	if (document && manifest_parse(document, &manifest, &removal->arena, NULL) == 0)
		config = arena_string(&removal->arena, manifest.config.hex);
	map_set(&removal->configs, hex, (void *)config);
	return config;
}

/* By its manifest, or by another that is about the same config. */
static bool is_of(struct image_removal *removal, const json *entry, const struct image *image)
{
	const char *config = image->id ? image->id + strlen("sha256:") : "none";
	char hex[DIGEST_HEX_SIZE];

	return image_index_digest(entry, hex) &&
	       (strcmp(hex, image->digest + strlen("sha256:")) == 0 ||
		strcmp(config_of(removal, hex), config) == 0);
}

void image_removal_untag(struct image_removal *removal, const struct image *image, const char *full,
			 bool keep_unnamed)
{
	auto_free char *familiar = reference_familiar(full);

	for (size_t i = image_index_count(&removal->index); i-- > 0;) {
		json *entry = image_index_at(&removal->index, i);
		const char *name = image_index_name(entry);

		if (name && strcmp(name, full) == 0 && is_of(removal, entry, image))
			image_index_untag(&removal->index, entry, keep_unnamed);
	}
	note(removal, "untag", image->id ? image->id : "", familiar);
	say(removal, "Untagged", familiar);
}

void image_removal_forget(struct image_removal *removal, const struct image *image)
{
	const char *id = image->id ? image->id : image->digest;

	for (size_t i = image_index_count(&removal->index); i-- > 0;) {
		json *entry = image_index_at(&removal->index, i);

		if (is_of(removal, entry, image))
			image_index_remove(&removal->index, entry);
	}
	note(removal, "delete", id, id);
	say(removal, "Deleted", id);
}

/* What nothing refers to after the change; into staging. */
static int take_garbage(struct image_removal *removal, struct gc_garbage *garbage,
			struct error *err)
{
	gc_mark_index(&removal->marks, &removal->index);
	if (gc_mark_builds(&removal->marks, removal->layout, err) < 0 ||
	    gc_find(removal->layout, &removal->marks, garbage, &removal->arena, err) < 0)
		return -1;
	return gc_take_away(&removal->staging, garbage, err);
}

/* On a full disk, removing must work all the same: there the order is turned around. A kill in
 * between leaves a damaged image that was to go. */
static int make_room(struct image_removal *removal, struct gc_garbage *garbage, struct error *err)
{
	if (partial_sweep(removal->layout, 0) > 0 && image_index_save(&removal->index, NULL) == 0)
		return take_garbage(removal, garbage, err);
	if (take_garbage(removal, garbage, err) < 0)
		return -1;
	staging_close(&removal->staging);
	if (image_index_save(&removal->index, err) < 0)
		return -1;
	return staging_open(&removal->staging, removal->layout, err);
}

int image_removal_commit(struct image_removal *removal, struct error *err)
{
	struct gc_garbage garbage = {0};
	struct error reason = {0};
	int result = image_index_save(&removal->index, &reason);

	if (result < 0 && (reason.code != ENOSPC || removal->lock_fd < 0))
		return error_pass(err, &reason);
	if (result == 0)
		tell(removal);
	if (removal->lock_fd < 0) {
		log_warning("another command is bringing in an image or creating a container: the "
			    "space comes back with the next 'coracle image prune'");
		return 0;
	}
	if ((result < 0 ? make_room(removal, &garbage, err)
			: take_garbage(removal, &garbage, err)) < 0)
		return -1;
	tell(removal);
	removal->reclaimed += garbage.blobs.bytes + garbage.layers.bytes;
	for (size_t i = garbage.layers.count; i-- > 0;) {
		char id[80];

		snprintf(id, sizeof(id), "sha256:%s", garbage.layers.items[i].hex);
		say(removal, "Deleted", id);
	}
	return 0;
}

static bool is_unpacked(const struct layout *layout, const struct image *image)
{
	for (size_t i = 0; i < image->layer_count; i++)
		if (!layer_store_has(layout, image->chain_ids[i]))
			return false;
	return true;
}

/* What is a layer of one image can be the config of another: only what is a layer everywhere, and
 * unpacked everywhere, may go. */
int image_removal_drop_blobs(struct image_removal *removal, struct error *err)
{
	auto_map struct map layers = {0};
	auto_map struct map needed = {0};
	struct gc_garbage garbage = {0};
	size_t count = 0;

	if (removal->lock_fd < 0)
		return 0;
	for (size_t i = 0; i < image_index_count(&removal->index); i++) {
		json *entry = image_index_at(&removal->index, i);
		struct manifest manifest = {0};
		struct image image;
		char hex[DIGEST_HEX_SIZE];
		bool is_whole = image_store_read(removal->layout, entry, &image, &manifest,
						 &removal->arena, NULL) == 0 &&
				is_unpacked(removal->layout, &image);

		if (image_index_digest(entry, hex))
			map_set(&needed, hex, removal);
		map_set(&needed, manifest.config.hex, removal);
		for (size_t j = 0; j < manifest.layer_count; j++) {
			struct layer_snapshot_blob other;

			map_set(is_whole ? &layers : &needed, manifest.layers[j].hex, removal);
			if (is_whole && j < image.layer_count &&
			    layer_snapshot_has_other(removal->layout, image.chain_ids[j],
						     manifest.layers[j].hex, &other))
				map_set(&layers, other.hex, removal);
		}
	}
	if (gc_find(removal->layout, NULL, &garbage, &removal->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < garbage.blobs.count; i++) {
		const struct gc_item *blob = garbage.blobs.items + i;

		if (!map_has(&layers, blob->hex) || map_has(&needed, blob->hex))
			continue;
		garbage.blobs.items[count++] = *blob;
		removal->reclaimed += blob->size;
	}
	garbage.blobs.count = count;
	garbage.layers.count = 0;
	return gc_take_away(&removal->staging, &garbage, err);
}
