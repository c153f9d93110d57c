/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/image_load.c - image_load of storage/image/image.h.
 *
 * Everything is staged, verified and unpacked first; the names in index.json, written last and at
 * once for all images, make it visible. A kill before that leaves staging litter and at most blobs
 * and layers that nothing refers to and that the next load of the image finds ready.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "storage/image/image_event.h"
#include "storage/image/image_private.h"
#include "storage/image/layer_store.h"
#include "storage/image/load_image.h"
#include "storage/reference.h"
#include "storage/store_lock.h"

#define MOST_ROUNDS 4

struct load {
	const struct layout *layout;
	const struct image_load *request;
	const struct staging *staging;
	struct load_images images;
	struct arena *arena;
	bool is_synced;
	int lock_fd; /* the store's, shared */
};

static int check_expected(struct load *load, struct error *err)
{
	for (size_t i = 0; i < load->request->expected_count; i++) {
		const struct image_document *wanted = &load->request->expected[i];
		struct blob_file *file = NULL;

		if (load_source_find(load->images.source, wanted->name, &file, err) < 0)
			return -1;
		if (!file || strcmp(file->hex, wanted->hex) != 0)
			return error_set(err, ERROR_INVALID,
					 "'%s' is not the one that the archive was made with",
					 wanted->name);
	}
	return 0;
}

static int read_source(struct load *load, struct error *err)
{
	struct load_source *source = load->images.source;

	load->images.is_strict = load->request->platform != NULL;
	if (load->request->platform)
		manifest_name_platform(&load->images.wanted, load->request->platform, load->arena);
	else
		manifest_host_platform(&load->images.wanted);
	if (load->request->path && load->request->fd < 0) {
		if (load_source_open_directory(source, load->request->path, err) < 0)
			return -1;
	} else if (load_source_read(source, load->request->fd, err) < 0) {
		return -1;
	}
	if (check_expected(load, err) < 0)
		return -1;
	return load_images_find(&load->images, err);
}

static int name_single(struct load *load, struct error *err)
{
	auto_free char *full = NULL;

	if (!load->request->name || load->images.count != 1 || load->images.items[0].name_count)
		return 0;
	full = reference_normalize(load->request->name, err);
	if (!full)
		return -1;
	load_image_add_name(&load->images, load->images.items, full);
	return 0;
}

static void pass_step(const struct layer_step *step, void *data)
{
	const struct image_load *request = data;

	if (request->progress &&
	    (step->kind == LAYER_STEP_UNPACKING || step->kind == LAYER_STEP_DONE))
		request->progress(step->job->diff_id, step->done, step->total, request->data);
}

static void pass_bytes(void *data)
{
	const struct image_load *request = data;

	request->progress(NULL, 0, 0, request->data);
}

/* Takes the store's lock when the first layer is put into place. */
static int unpack_image(struct load *load, const struct load_image *image, struct error *err)
{
	struct layer_job *jobs = arena_array(load->arena, image->layer_count, sizeof(*jobs));
	struct layer_request request = {
		.jobs = jobs,
		.count = image->layer_count,
		.progress = pass_step,
		.data = (void *)load->request,
		.store_lock_fd = load->lock_fd < 0 ? &load->lock_fd : NULL,
	};
	int result;

	for (size_t i = 0; i < image->layer_count; i++)
		jobs[i] = (struct layer_job){
			.chain_id = image->chain_ids[i],
			.diff_id = image->diff_ids[i],
			.blob_hex = image->layer_files[i]->hex,
			.blob_name = image->layer_files[i]->name,
			.blob_size = image->layer_files[i]->size,
		};
	result = layer_store_provide(load->staging, &request, err);
	if (result > 0)
		load->is_synced = true;
	return result < 0 ? -1 : 0;
}

static bool has_layers(const struct load *load)
{
	for (size_t i = 0; i < load->images.count; i++) {
		const struct load_image *image = load->images.items + i;

		for (size_t j = 0; j < image->layer_count; j++)
			if (!layer_store_has(load->layout, image->chain_ids[j]))
				return false;
	}
	return true;
}

static int commit_blobs(struct load *load, struct error *err)
{
	for (size_t i = 0; i < load->images.count; i++) {
		const struct load_image *image = load->images.items + i;

		if (blob_commit(load->staging, image->manifest_file, err) < 0 ||
		    blob_commit(load->staging, image->config_file, err) < 0)
			return -1;
		for (size_t j = 0; j < image->layer_count; j++)
			if (blob_commit(load->staging, image->layer_files[j], err) < 0)
				return -1;
	}
	return blob_sync(load->layout, err);
}

/* Compressed layers may have been given back (image_prune). */
static bool has_blobs(const struct layout *layout, const struct manifest *manifest)
{
	for (size_t i = 0; i < manifest->layer_count; i++)
		if (!blob_exists(layout, manifest->layers[i].hex))
			return false;
	return true;
}

/* A manifest of ours says nothing that the one already stored for this config does not say. */
static void prefer_stored(struct load *load, const struct image_index *index,
			  struct load_image *image)
{
	for (size_t i = 0; image->is_generated && i < image_index_count(index); i++) {
		struct image stored;
		struct manifest manifest;
		struct blob_file *file;

		if (image_store_read(load->layout, image_index_at(index, i), &stored, &manifest,
				     load->arena, NULL) < 0 ||
		    strcmp(manifest.config.hex, image->config_file->hex) != 0 ||
		    !has_blobs(load->layout, &manifest))
			continue;
		file = arena_alloc(load->arena, sizeof(*file));
		if (!blob_stage_existing(load->staging, stored.digest + 7, file))
			continue;
		image->manifest_file = file;
		image->layer_count = 0; /* its blobs are there */
		return;
	}
}

static void tell_of_move(const struct image_index *index, const char *name, const char *hex)
{
	json *entry = image_index_find_name(index, name);
	char own[DIGEST_HEX_SIZE];

	if (entry && image_index_digest(entry, own) && strcmp(own, hex) != 0)
		log_info("%s was sha256:%.12s, is sha256:%.12s now", name, own, hex);
}

static int commit_names(struct load *load, struct image_index *index, struct error *err)
{
	for (size_t i = 0; i < load->images.count; i++) {
		const struct load_image *image = load->images.items + i;
		struct image_index_entry entry = {
			.hex = image->manifest_file->hex,
			.size = image->manifest_file->size,
			.os = *image->platform.os ? image->platform.os : "linux",
			.architecture = image->platform.architecture,
			.variant = *image->platform.variant ? image->platform.variant : NULL,
		};

		for (size_t j = 0; j < image->name_count; j++) {
			entry.name = image->names[j];
			tell_of_move(index, entry.name, entry.hex);
			image_index_add(index, &entry);
		}
		if (image->name_count == 0)
			image_index_add(index, &entry);
	}
	return image_index_save(index, err);
}

static int commit(struct load *load, struct error *err)
{
	auto_image_index struct image_index index = {.lock_fd = -1};

	if (!load->is_synced && load->images.source->total > 0 && syncfs(load->layout->root_fd) < 0)
		return error_errno(err, "cannot sync '%s'", load->layout->root);
	if (image_index_open(&index, load->layout, true, err) < 0)
		return -1;
	for (size_t i = 0; i < load->images.count; i++)
		prefer_stored(load, &index, load->images.items + i);
	if (commit_blobs(load, err) < 0)
		return -1;
	return commit_names(load, &index, err);
}

/* 1: done; 0: a layer that was there has been removed meanwhile. */
static int try_all(struct load *load, struct error *err)
{
	for (size_t i = 0; i < load->images.count; i++) {
		struct error reason = {0};

		if (unpack_image(load, load->images.items + i, &reason) == 0)
			continue;
		return reason.code == ERROR_NOT_FOUND ? 0 : error_pass(err, &reason);
	}
	if (load->lock_fd < 0)
		load->lock_fd = store_lock_share(load->layout, err);
	if (load->lock_fd < 0)
		return -1;
	if (!has_layers(load))
		return 0;
	return commit(load, err) < 0 ? -1 : 1;
}

/* While layers are made, which may mean to wait for others, nobody is kept from collecting. */
static int unpack_and_commit(struct load *load, struct error *err)
{
	for (int round = 0; round < MOST_ROUNDS; round++) {
		int result;

		load->lock_fd = -1;
		result = try_all(load, err);
		cleanup_close(&load->lock_fd);
		if (result != 0)
			return result < 0 ? -1 : 0;
	}
	return error_set(err, ERROR_BUSY, "another process keeps removing the image's layers");
}

static char **list_loaded(const struct load *load)
{
	char **items = NULL;
	size_t count = 0;

	for (size_t i = 0; i < load->images.count; i++) {
		const struct load_image *image = load->images.items + i;

		for (size_t j = 0; j < image->name_count || j == 0; j++) {
			items = arena_grow(load->arena, items, count + 1, sizeof(*items));
			items[count++] = image->name_count ? image->names[j]
							   : arena_format(load->arena, "sha256:%s",
									  image->config_file->hex);
			items[count] = NULL;
		}
	}
	return items;
}

static void tell(const struct layout *layout, const struct load_image *image)
{
	char id[80];

	snprintf(id, sizeof(id), "sha256:%s", image->config_file->hex);
	image_event(layout, "load", id, NULL);
}

int image_load(const struct layout *layout, const struct image_load *request, char ***loaded,
	       struct arena *arena, struct error *err)
{
	auto_staging struct staging staging = STAGING_CLOSED;
	auto_load_source struct load_source source = {.directory_fd = -1};
	struct load load = {
		.layout = layout,
		.request = request,
		.staging = &staging,
		.images = {.source = &source, .arena = arena},
		.arena = arena,
	};

	if (staging_open(&staging, layout, err) < 0)
		return -1;
	load_source_init(&source, &staging);
	source.took = request->progress ? pass_bytes : NULL;
	source.data = (void *)request;
	if (read_source(&load, err) < 0 || name_single(&load, err) < 0 ||
	    unpack_and_commit(&load, err) < 0) {
		if (err && err->code == ENOSPC)
			layout_say_full(layout, err);
		return error_wrap(err, "cannot load '%s'",
				  request->path ? request->path : "the archive");
	}
	for (size_t i = 0; i < load.images.count; i++)
		tell(layout, load.images.items + i);
	*loaded = list_loaded(&load);
	return 0;
}
