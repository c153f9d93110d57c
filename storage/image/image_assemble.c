/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/image_assemble.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/pair.h"
#include "storage/image/image_archive.h"
#include "storage/image/image_event.h"
#include "storage/image/image_parts.h"
#include "storage/image/image_private.h"
#include "storage/image/layer_settle.h"
#include "storage/image/layer_snapshot.h"
#include "storage/image/layer_store.h"
#include "storage/reference.h"
#include "storage/store_lock.h"

struct assembling {
	const struct layout *layout;
	const struct image_assembly *assembly;
	struct arena *arena;
	struct staging staging;
	struct image_parts parts;
	json *document; /* ours, with the layers in it */
	struct layer_snapshot_blob *blobs;
	struct descriptor *layers;
	bool is_new; /* no entry of the index had it */
};

static void release(struct assembling *work)
{
	image_parts_release(&work->parts);
	json_cleanup(&work->document);
	staging_close(&work->staging);
}

static int begin(struct assembling *work, struct error *err)
{
	const struct image_assembly *assembly = work->assembly;
	json *rootfs = json_new_object(), *list = json_new_array();

	for (size_t i = 0; i < assembly->layer_count; i++)
		json_add_string(list, assembly->diff_ids[i]);
	json_set_string(rootfs, "type", "layers");
	json_set(rootfs, "diff_ids", list);
	if (json_object_deep_copy((json *)assembly->document, &work->document, NULL) < 0) {
		json_object_put(rootfs);
		return error_set(err, ERROR_INVALID, "the image's config cannot be copied");
	}
	json_set(work->document, "rootfs", rootfs);
	work->blobs = arena_array(work->arena, assembly->layer_count, sizeof(*work->blobs));
	work->layers = arena_array(work->arena, assembly->layer_count, sizeof(*work->layers));
	return 0;
}

static void format(struct assembling *work)
{
	for (size_t i = 0; i < work->assembly->layer_count; i++) {
		work->layers[i] = (struct descriptor){.size = work->blobs[i].size,
						      .media_type = work->blobs[i].media_type};
		memcpy(work->layers[i].hex, work->blobs[i].hex, DIGEST_HEX_SIZE);
	}
	work->parts.document = work->document;
	work->parts.layers = work->layers;
	work->parts.layer_count = work->assembly->layer_count;
	image_parts_format(&work->parts);
}

/* A layer that came with an image whose blobs were given back: its manifest still has them. */
static bool find_in_images(const struct assembling *work, const char *chain_id,
			   struct layer_snapshot_blob *blob)
{
	auto_image_index struct image_index index = {.lock_fd = -1};
	auto_arena struct arena scratch = {0};

	if (image_index_open(&index, work->layout, false, NULL) < 0)
		return false;
	for (size_t i = 0; i < image_index_count(&index); i++) {
		struct manifest manifest;
		struct image image;
		size_t at = 0;

		if (image_store_read(work->layout, image_index_at(&index, i), &image, &manifest,
				     &scratch, NULL) < 0)
			continue;
		while (at < image.layer_count && strcmp(image.chain_ids[at], chain_id) != 0)
			at++;
		if (at >= image.layer_count || at >= manifest.layer_count)
			continue;
		*blob = (struct layer_snapshot_blob){
			.size = manifest.layers[at].size,
			.media_type = manifest_layer_type(manifest.layers[at].media_type),
		};
		memcpy(blob->hex, manifest.layers[at].hex, DIGEST_HEX_SIZE);
		return true;
	}
	return false;
}

static bool is_known(const struct assembling *work, const char *chain_id,
		     struct layer_snapshot_blob *blob)
{
	return layer_snapshot_known(work->layout, chain_id, blob) ||
	       (!layer_snapshot_is_one(work->layout, chain_id) &&
		find_in_images(work, chain_id, blob));
}

/* Without looking for what is missing. False: something is. */
static bool describe_known(struct assembling *work)
{
	for (size_t i = 0; i < work->assembly->layer_count; i++)
		if (!is_known(work, work->assembly->chain_ids[i], work->blobs + i))
			return false;
	format(work);
	return true;
}

/* @needs_all: the blobs themselves, and not only what is known of them. */
static int describe(struct assembling *work, bool needs_all, struct error *err)
{
	for (size_t i = 0; i < work->assembly->layer_count; i++) {
		const char *chain_id = work->assembly->chain_ids[i];
		struct layer_snapshot_blob *blob = work->blobs + i;

		if ((needs_all || !is_known(work, chain_id, blob)) &&
		    layer_snapshot_blob(&work->staging, chain_id, blob, err) < 0)
			return -1;
	}
	format(work);
	return 0;
}

/* ---- into the store ----------------------------------------------------------------------------
 */

/* Do all names mean it already? */
static bool is_named(const struct assembling *work, const struct image_index *index)
{
	char *const *names = work->assembly->names;
	struct platform platform;

	if (!names || !*names)
		return image_index_has_digest(index, work->parts.manifest_hex);
	manifest_parse_platform(work->document, &platform, work->arena);
	for (; *names; names++) {
		const json *entry = image_index_find_for(index, *names, &platform);
		char hex[DIGEST_HEX_SIZE];

		if (!entry || !image_index_digest(entry, hex) ||
		    strcmp(hex, work->parts.manifest_hex) != 0)
			return false;
	}
	return true;
}

static bool is_done(struct assembling *work)
{
	auto_image_index struct image_index index = {.lock_fd = -1};

	return describe_known(work) && blob_exists(work->layout, work->parts.manifest_hex) &&
	       blob_exists(work->layout, work->parts.config_hex) &&
	       image_index_open(&index, work->layout, false, NULL) == 0 && is_named(work, &index);
}

/* Everything on disk, in staging or in its place. */
static int stage(struct assembling *work, struct error *err)
{
	const struct image_assembly *assembly = work->assembly;
	int synced;

	if (staging_open(&work->staging, work->layout, err) < 0 || describe(work, false, err) < 0 ||
	    image_parts_stage(&work->parts, &work->staging, err) < 0)
		return -1;
	synced = layer_settle(work->layout, assembly->chain_ids, assembly->layer_count, err);
	if (synced < 0)
		return -1;
	if (!synced && syncfs(work->layout->root_fd) < 0)
		return error_errno(err, "cannot sync '%s'", work->layout->root);
	return 0;
}

static int commit_blobs(const struct assembling *work, struct error *err)
{
	for (size_t i = 0; i < work->assembly->layer_count; i++) {
		if (!layer_store_has(work->layout, work->assembly->chain_ids[i]))
			return error_set(err, ERROR_CONFLICT,
					 "layer %.12s was removed meanwhile: build again",
					 work->assembly->chain_ids[i]);
		if (*work->blobs[i].file.name &&
		    blob_commit(&work->staging, &work->blobs[i].file, err) < 0)
			return -1;
	}
	if (image_parts_commit(&work->parts, &work->staging, err) < 0)
		return -1;
	return blob_sync(work->layout, err);
}

static int name_all(struct assembling *work, struct image_index *index, struct error *err)
{
	struct image_index_entry entry = image_parts_entry(&work->parts, work->arena);
	char *const *names = work->assembly->names;

	work->is_new = !image_index_has_digest(index, entry.hex);
	entry.is_beside = work->assembly->is_beside;
	if (!names || !*names)
		image_index_add(index, &entry);
	for (; names && *names; names++) {
		entry.name = *names;
		image_index_add(index, &entry);
	}
	return image_index_save(index, err);
}

static int commit(struct assembling *work, struct error *err)
{
	auto_close int lock = store_lock_share(work->layout, err);
	auto_image_index struct image_index index = {.lock_fd = -1};

	if (lock < 0 || image_index_open(&index, work->layout, true, err) < 0 ||
	    commit_blobs(work, err) < 0)
		return -1;
	return name_all(work, &index, err);
}

static void tell(const struct assembling *work, const char *id, bool is_changed)
{
	char *const *names = work->assembly->names;
	size_t count;
	const struct pair *labels = pair_from_json(
		json_path(work->document, "config", "Labels", NULL), &count, work->arena);

	if (is_changed && work->is_new)
		image_event_labelled("create", id, NULL, labels, count);
	for (; names && *names; names++) {
		auto_free char *familiar = reference_familiar(*names);

		if (is_changed)
			image_event_labelled("tag", id, familiar, labels, count);
		if (work->assembly->named)
			work->assembly->named(*names, work->assembly->data);
	}
}

int image_assemble(const struct layout *layout, const struct image_assembly *assembly, char id[80],
		   char digest[80], struct arena *arena, struct error *err)
{
	struct assembling work __attribute__((cleanup(release))) = {
		.layout = layout,
		.assembly = assembly,
		.arena = arena,
		.staging = STAGING_CLOSED,
	};
	bool was_there;

	if (begin(&work, err) < 0)
		return -1;
	was_there = is_done(&work);
	if (!was_there && (stage(&work, err) < 0 || commit(&work, err) < 0)) {
		/* While what has filled it is still there. */
		layout_explain_full(layout, err);
		return -1;
	}
	snprintf(id, 80, "sha256:%s", work.parts.config_hex);
	snprintf(digest, 80, "sha256:%s", work.parts.manifest_hex);
	tell(&work, id, !was_there);
	return 0;
}

/* ---- into an archive ---------------------------------------------------------------------------
 */

static int hold(struct image_archive *archive, const struct staging *staging,
		const struct blob_file *file, struct error *err)
{
	int fd = openat(staging->fd, file->name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, "cannot open blob sha256:%s", file->hex);
	image_archive_hold(archive, file->hex, fd, file->size);
	return 0;
}

/* The staged one, or a second name for the store's. */
static int hold_layer(struct image_archive *archive, const struct staging *staging,
		      struct layer_snapshot_blob *blob, struct error *err)
{
	if (image_archive_has_blob(archive, blob->hex))
		return 0;
	if (!*blob->file.name && !blob_stage_existing(staging, blob->hex, &blob->file))
		return error_set(err, ERROR_NOT_FOUND, "blob sha256:%s is not in '%s/images'",
				 blob->hex, staging->layout->root);
	return hold(archive, staging, &blob->file, err);
}

static int hold_all(struct assembling *work, struct image_archive *archive, struct error *err)
{
	for (size_t i = 0; i < work->assembly->layer_count; i++)
		if (hold_layer(archive, &work->staging, work->blobs + i, err) < 0)
			return -1;
	if (image_parts_stage(&work->parts, &work->staging, err) < 0 ||
	    hold(archive, &work->staging, &work->parts.config_file, err) < 0)
		return -1;
	return hold(archive, &work->staging, &work->parts.manifest_file, err);
}

static void describe_image(struct assembling *work, struct image_archive *archive)
{
	struct image_index_entry entry = image_parts_entry(&work->parts, &archive->arena);
	struct archived_image *image = image_archive_add(archive);

	*image = (struct archived_image){
		.manifest = {.size = work->parts.manifest_file.size},
		.config = {.size = work->parts.config_file.size},
		.layers = work->layers,
		.layer_count = work->assembly->layer_count,
		.os = entry.os,
		.architecture = entry.architecture,
		.variant = entry.variant,
	};
	memcpy(image->manifest.hex, work->parts.manifest_hex, DIGEST_HEX_SIZE);
	memcpy(image->config.hex, work->parts.config_hex, DIGEST_HEX_SIZE);
	for (char *const *name = work->assembly->names; name && *name; name++)
		image_archive_add_name(archive, image, *name);
}

int image_assemble_archive(const struct layout *layout, const struct image_assembly *assembly,
			   int fd, struct error *err)
{
	auto_image_archive struct image_archive archive = {0};
	struct assembling work __attribute__((cleanup(release))) = {
		.layout = layout,
		.assembly = assembly,
		.arena = &archive.arena,
		.staging = STAGING_CLOSED,
	};

	if (begin(&work, err) < 0 || staging_open(&work.staging, layout, err) < 0 ||
	    describe(&work, true, err) < 0 || hold_all(&work, &archive, err) < 0) {
		layout_explain_full(layout, err);
		return -1;
	}
	describe_image(&work, &archive);
	return image_archive_write(&archive, NULL, fd, err);
}
