/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/image_save.c - image_save of storage/image/image.h: blobs are what the store has,
 * so digests stay. Where a layer is here only in another compression than its image's (it came with
 * another image), that is what the archive has, and the manifest in it says so; the image's id,
 * which is that of its config, is the same.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "storage/image/blob.h"
#include "storage/image/image_archive.h"
#include "storage/image/image_event.h"
#include "storage/image/image_private.h"
#include "storage/image/layer_snapshot.h"
#include "storage/reference.h"

struct save {
	const struct layout *layout;
	struct image_archive archive;
};

/* Opened while the index is locked, so that a removal cannot take it away. */
static int hold_blob(struct save *save, const char *hex, struct error *err)
{
	int64_t size;
	int fd;

	if (image_archive_has_blob(&save->archive, hex))
		return 0;
	fd = blob_open(save->layout, hex, &size, err);
	if (fd < 0)
		return -1;
	image_archive_hold(&save->archive, hex, fd, size);
	return 0;
}

/* Takes @fd. */
static void hold(struct save *save, const char *hex, int fd, int64_t size)
{
	if (image_archive_has_blob(&save->archive, hex))
		close(fd);
	else
		image_archive_hold(&save->archive, hex, fd, size);
}

static int hold_other(struct save *save, const char *chain_id, struct descriptor *layer,
		      struct error *err)
{
	struct layer_snapshot_blob other;
	int fd = layer_snapshot_open_other(save->layout, chain_id, &other, err);

	if (fd < 0)
		return -1;
	*layer = (struct descriptor){.size = other.size, .media_type = other.media_type};
	memcpy(layer->hex, other.hex, sizeof(layer->hex));
	hold(save, layer->hex, fd, layer->size);
	return 1;
}

/* What a build has made can be had from its files again. 1: @layer has become another blob. */
static int hold_layer(struct save *save, const char *chain_id, struct descriptor *layer,
		      struct error *err)
{
	struct error reason = {0};
	int64_t size;
	int fd;

	if (image_archive_has_blob(&save->archive, layer->hex))
		return 0;
	fd = layer_snapshot_open_blob(save->layout, chain_id, layer->hex, &size, &reason);
	if (fd < 0 && reason.code == ERROR_NOT_FOUND)
		return hold_other(save, chain_id, layer, err);
	if (fd < 0)
		return error_pass(err, &reason);
	hold(save, layer->hex, fd, size);
	return 0;
}

static int hold_text(struct save *save, const char *hex, const struct strbuf *text,
		     struct error *err)
{
	auto_close int fd = memfd_create("manifest", MFD_CLOEXEC);

	if (fd < 0)
		return error_errno(err, "cannot make a file in memory");
	if (file_write_all(fd, text->text, text->length, err) < 0)
		return -1;
	hold(save, hex, take_fd(&fd), (int64_t)text->length);
	return 0;
}

/* The stored manifest with the layers that are archived instead of its own. */
static int hold_changed(struct save *save, struct archived_image *archived, struct error *err)
{
	auto_strbuf struct strbuf before = {0}, after = {0};
	auto_json json *document = NULL;

	if (blob_read(save->layout, archived->manifest.hex, &before, err) < 0)
		return -1;
	document = json_parse(strbuf_text(&before), before.length, "the manifest", err);
	if (!document)
		return -1;
	manifest_set_layers(document, archived->layers, archived->layer_count);
	json_print(&after, document, false);
	digest_hex(archived->manifest.hex, after.text, after.length);
	return hold_text(save, archived->manifest.hex, &after, err);
}

static int hold_image(struct save *save, struct archived_image *archived, struct descriptor *layers,
		      const struct image *image, struct error *err)
{
	bool has_changed = false;

	for (size_t i = 0; i < archived->layer_count && i < image->layer_count; i++) {
		int held = hold_layer(save, image->chain_ids[i], layers + i, err);

		if (held < 0)
			return -1;
		has_changed |= held > 0;
	}
	if (hold_blob(save, archived->config.hex, err) < 0)
		return -1;
	return has_changed ? hold_changed(save, archived, err)
			   : hold_blob(save, archived->manifest.hex, err);
}

static struct archived_image *find_archived(const struct image_archive *archive, const char *id)
{
	for (size_t i = 0; i < archive->count; i++)
		if (strcmp(archive->images[i]->config.hex, id + strlen("sha256:")) == 0)
			return archive->images[i];
	return NULL;
}

static int read_manifest(const struct save *save, struct image *image, struct manifest *manifest,
			 struct arena *arena, struct error *err)
{
	auto_json json *entry = json_new_object();

	json_set_string(entry, "digest", image->digest);
	return image_store_read(save->layout, entry, image, manifest, arena, err);
}

static int archive_image(struct save *save, struct image *image, struct archived_image *archived,
			 struct error *err)
{
	struct arena *arena = &save->archive.arena;
	struct manifest manifest;

	if (read_manifest(save, image, &manifest, arena, err) < 0)
		return -1;
	*archived = (struct archived_image){
		.config = manifest.config,
		.layers = manifest.layers,
		.layer_count = manifest.layer_count,
		.os = image->os,
		.architecture = image->architecture,
		.variant = image->variant,
	};
	snprintf(archived->manifest.hex, DIGEST_HEX_SIZE, "%.64s",
		 image->digest + strlen("sha256:"));
	if (hold_image(save, archived, manifest.layers, image, err) < 0)
		return -1;
	archived->manifest.size = image_archive_blob_size(&save->archive, archived->manifest.hex);
	return 0;
}

static int add_reference(struct save *save, const struct image_index *index, const char *reference,
			 struct error *err)
{
	auto_free char *full = reference_normalize(reference, NULL);
	struct archived_image *archived;
	enum image_match match;
	struct image image;

	if (image_store_find(index, reference, &image, &match, &save->archive.arena, err) < 0)
		return -1;
	archived = find_archived(&save->archive, image.id);
	if (!archived) {
		archived = image_archive_add(&save->archive);
		if (archive_image(save, &image, archived, err) < 0)
			return image_store_explain(reference, err);
	}
	if (match == IMAGE_BY_NAME && full)
		image_archive_add_name(&save->archive, archived, full);
	return 0;
}

static int collect(struct save *save, char *const *references, struct error *err)
{
	auto_image_index struct image_index index = {.lock_fd = -1};

	if (image_index_open(&index, save->layout, true, err) < 0)
		return -1;
	for (; *references; references++)
		if (add_reference(save, &index, *references, err) < 0)
			return -1;
	return 0;
}

static void tell(const struct save *save)
{
	for (size_t i = 0; i < save->archive.count; i++) {
		char id[80];

		snprintf(id, sizeof(id), "sha256:%s", save->archive.images[i]->config.hex);
		image_event(save->layout, "save", id, NULL);
	}
}

int image_save_behind(const struct layout *layout, char *const *references,
		      const struct image_save_start *start, int fd, struct error *err)
{
	struct save save = {.layout = layout};
	int result = collect(&save, references, err);

	if (result == 0)
		result = image_archive_write(&save.archive, start, fd, err);
	if (result == 0)
		tell(&save);
	image_archive_release(&save.archive);
	return result;
}

int image_save(const struct layout *layout, char *const *references, int fd, struct error *err)
{
	return image_save_behind(layout, references, NULL, fd, err);
}
