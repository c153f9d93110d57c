/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/image_save.c - image_save of storage/image/image.h.
 *
 * The archive is an OCI layout with docker's manifest.json beside it, which points into the same
 * blobs. Blobs are what the store has, so digests stay; order and times are fixed, so the same
 * images give the same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "storage/archive/tar_writer.h"
#include "storage/image/blob.h"
#include "storage/image/image_event.h"
#include "storage/image/image_private.h"
#include "storage/reference.h"

struct saved_blob {
	int fd;
	int64_t size;
};

/* One image and the names it is saved under. */
struct saved_image {
	struct image image;
	struct manifest manifest;
	int64_t manifest_size;
	char **names;
	size_t name_count;
};

struct save {
	const struct layout *layout;
	struct arena arena;
	struct map blobs; /* hex -> struct saved_blob */
	struct saved_image *images;
	size_t count;
};

static void release(struct save *save)
{
	map_each (entry, &save->blobs) {
		struct saved_blob *blob = entry->value;

		if (blob->fd >= 0)
			close(blob->fd);
	}
	map_release(&save->blobs);
	arena_release(&save->arena);
}

/* Opened while the index is locked, so that a removal cannot take it away. */
static int hold_blob(struct save *save, const char *hex, int64_t *size, struct error *err)
{
	struct saved_blob *blob = map_get(&save->blobs, hex);

	if (!blob) {
		blob = arena_alloc(&save->arena, sizeof(*blob));
		blob->fd = blob_open(save->layout, hex, &blob->size, err);
		if (blob->fd < 0)
			return -1;
		map_set(&save->blobs, hex, blob);
	}
	if (size)
		*size = blob->size;
	return 0;
}

static int hold_image(struct save *save, struct saved_image *saved, struct error *err)
{
	const struct manifest *manifest = &saved->manifest;

	if (hold_blob(save, saved->image.digest + 7, &saved->manifest_size, err) < 0 ||
	    hold_blob(save, manifest->config.hex, NULL, err) < 0)
		return -1;
	for (size_t i = 0; i < manifest->layer_count; i++)
		if (hold_blob(save, manifest->layers[i].hex, NULL, err) < 0)
			return -1;
	return 0;
}

static struct saved_image *find_saved(struct save *save, const char *id)
{
	for (size_t i = 0; i < save->count; i++)
		if (strcmp(save->images[i].image.id, id) == 0)
			return save->images + i;
	return NULL;
}

static int read_manifest(struct save *save, struct saved_image *saved, struct error *err)
{
	auto_json json *entry = json_new_object();

	json_set_string(entry, "digest", saved->image.digest);
	return image_store_read(save->layout, entry, &saved->image, &saved->manifest, &save->arena,
				err);
}

static int add_reference(struct save *save, const struct image_index *index, const char *reference,
			 struct error *err)
{
	struct saved_image *saved;
	enum image_match match;
	struct image image;

	if (image_store_find(index, reference, &image, &match, &save->arena, err) < 0)
		return -1;
	saved = find_saved(save, image.id);
	if (!saved) {
		save->images =
			arena_grow(&save->arena, save->images, save->count, sizeof(*save->images));
		saved = save->images + save->count++;
		*saved = (struct saved_image){.image = image};
		if (read_manifest(save, saved, err) < 0)
			return -1;
		if (hold_image(save, saved, err) < 0)
			return image_store_explain(reference, err);
	}
	if (match == IMAGE_BY_NAME) {
		auto_free char *full = reference_normalize(reference, err);

		for (size_t i = 0; full && i < saved->name_count; i++)
			if (strcmp(saved->names[i], full) == 0)
				return 0;
		saved->names = arena_grow(&save->arena, saved->names, saved->name_count,
					  sizeof(*saved->names));
		saved->names[saved->name_count++] = arena_string(&save->arena, full);
	}
	return 0;
}

static void add_index_entry(json *list, const struct saved_image *saved, const char *name)
{
	json *entry = json_new_object();
	json *platform = json_new_object();

	json_set_string(entry, "mediaType", MANIFEST_TYPE_MANIFEST);
	json_set_string(entry, "digest", saved->image.digest);
	json_set_int(entry, "size", saved->manifest_size);
	if (name) {
		json *annotations = json_new_object();

		/* As containerd and docker write them: the whole name, and its tag alone. */
		json_set_string(annotations, "io.containerd.image.name", name);
		json_set_string(annotations, "org.opencontainers.image.ref.name",
				name + reference_repository_length(name) + 1);
		json_set(entry, "annotations", annotations);
	}
	json_set_string(platform, "architecture", saved->image.architecture);
	json_set_string(platform, "os", saved->image.os);
	json_set_string(platform, "variant", saved->image.variant);
	json_set(entry, "platform", platform);
	json_add(list, entry);
}

static void format_index(const struct save *save, struct strbuf *out)
{
	auto_json json *document = json_new_object();
	json *list = json_new_array();

	json_set_int(document, "schemaVersion", 2);
	json_set_string(document, "mediaType", MANIFEST_TYPE_INDEX);
	for (size_t i = 0; i < save->count; i++) {
		const struct saved_image *saved = save->images + i;

		for (size_t j = 0; j < saved->name_count; j++)
			add_index_entry(list, saved, saved->names[j]);
		if (saved->name_count == 0)
			add_index_entry(list, saved, NULL);
	}
	json_set(document, "manifests", list);
	json_print(out, document, false);
}

static void format_docker(const struct save *save, struct strbuf *out)
{
	auto_json json *document = json_new_array();

	for (size_t i = 0; i < save->count; i++) {
		const struct saved_image *saved = save->images + i;
		json *entry = json_new_object();
		json *tags = saved->name_count ? json_new_array() : NULL;
		json *layers = json_new_array();
		char path[96];

		snprintf(path, sizeof(path), "blobs/sha256/%s", saved->manifest.config.hex);
		json_set_string(entry, "Config", path);
		for (size_t j = 0; j < saved->name_count; j++) {
			auto_free char *familiar = reference_familiar(saved->names[j]);

			json_add_string(tags, familiar);
		}
		json_set(entry, "RepoTags", tags);
		for (size_t j = 0; j < saved->manifest.layer_count; j++) {
			snprintf(path, sizeof(path), "blobs/sha256/%s",
				 saved->manifest.layers[j].hex);
			json_add_string(layers, path);
		}
		json_set(entry, "Layers", layers);
		json_add(document, entry);
	}
	json_print(out, document, false);
}

static int compare_keys(const void *a, const void *b)
{
	const struct map_entry *const *left = a, *const *right = b;

	return strcmp((*left)->key, (*right)->key);
}

static int write_blobs(const struct save *save, struct tar_writer *tar, struct error *err)
{
	auto_free struct map_entry **sorted =
		alloc_zeroed(save->blobs.count + 1, sizeof(struct map_entry *));

	for (size_t i = 0; i < save->blobs.count; i++)
		sorted[i] = save->blobs.entries + i;
	qsort(sorted, save->blobs.count, sizeof(*sorted), compare_keys);
	for (size_t i = 0; i < save->blobs.count; i++) {
		const struct saved_blob *blob = sorted[i]->value;
		char path[96];

		snprintf(path, sizeof(path), "blobs/sha256/%s", sorted[i]->key);
		if (tar_writer_add_file(tar, path, blob->fd, blob->size, err) < 0)
			return -1;
	}
	return 0;
}

/* The documents come first: who reads the archive as a stream knows at once what is in it. */
static int write_archive(const struct save *save, struct tar_writer *tar, struct error *err)
{
	static const char layout[] = "{\"imageLayoutVersion\":\"1.0.0\"}";
	auto_strbuf struct strbuf index = {0};
	auto_strbuf struct strbuf docker = {0};

	format_index(save, &index);
	format_docker(save, &docker);
	if (tar_writer_add_bytes(tar, "oci-layout", layout, strlen(layout), err) < 0 ||
	    tar_writer_add_bytes(tar, "index.json", index.text, index.length, err) < 0 ||
	    tar_writer_add_bytes(tar, "manifest.json", docker.text, docker.length, err) < 0 ||
	    tar_writer_add_directory(tar, "blobs", err) < 0 ||
	    tar_writer_add_directory(tar, "blobs/sha256", err) < 0)
		return -1;
	return write_blobs(save, tar, err);
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

int image_save(const struct layout *layout, char *const *references, int fd, struct error *err)
{
	auto_tar_writer struct tar_writer tar;
	struct save save = {.layout = layout};
	int result = collect(&save, references, err);

	tar_writer_init_fd(&tar, fd);
	if (result == 0)
		result = write_archive(&save, &tar, err);
	if (result == 0)
		result = tar_writer_finish(&tar, err);
	for (size_t i = 0; result == 0 && i < save.count; i++)
		image_event(layout, "save", save.images[i].image.id, NULL);
	release(&save);
	return result;
}
