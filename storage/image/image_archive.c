/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/image_archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "storage/archive/tar_writer.h"
#include "storage/image/image.h"
#include "storage/reference.h"

struct archived_blob {
	int fd;
	int64_t size;
};

void image_archive_release(struct image_archive *archive)
{
	map_each (entry, &archive->blobs) {
		struct archived_blob *blob = entry->value;

		close(blob->fd);
	}
	map_release(&archive->blobs);
	arena_release(&archive->arena);
}

struct archived_image *image_archive_add(struct image_archive *archive)
{
	struct archived_image *image = arena_alloc(&archive->arena, sizeof(*image));

	archive->images = arena_grow(&archive->arena, archive->images, archive->count,
				     sizeof(*archive->images));
	archive->images[archive->count++] = image;
	return image;
}

void image_archive_add_name(struct image_archive *archive, struct archived_image *image,
			    const char *name)
{
	for (size_t i = 0; i < image->name_count; i++)
		if (strcmp(image->names[i], name) == 0)
			return;
	image->names =
		arena_grow(&archive->arena, image->names, image->name_count, sizeof(*image->names));
	image->names[image->name_count++] = arena_string(&archive->arena, name);
}

bool image_archive_has_blob(const struct image_archive *archive, const char *hex)
{
	return map_has(&archive->blobs, hex);
}

int64_t image_archive_blob_size(const struct image_archive *archive, const char *hex)
{
	const struct archived_blob *blob = map_get(&archive->blobs, hex);

	return blob ? blob->size : 0;
}

void image_archive_hold(struct image_archive *archive, const char *hex, int fd, int64_t size)
{
	struct archived_blob *blob = arena_alloc(&archive->arena, sizeof(*blob));

	*blob = (struct archived_blob){fd, size};
	map_set(&archive->blobs, hex, blob);
}

static void add_index_entry(json *list, const struct archived_image *image, const char *name)
{
	json *entry = manifest_make_descriptor(MANIFEST_TYPE_MANIFEST, image->manifest.hex,
					       image->manifest.size);
	json *platform = json_new_object();

	if (name) {
		json *annotations = json_new_object();

		/* As containerd and docker write them: the whole name, and its tag alone. */
		json_set_string(annotations, "io.containerd.image.name", name);
		json_set_string(annotations, "org.opencontainers.image.ref.name",
				name + reference_repository_length(name) + 1);
		json_set(entry, "annotations", annotations);
	}
	json_set_string(platform, "architecture", image->architecture);
	json_set_string(platform, "os", image->os);
	json_set_string(platform, "variant", image->variant);
	json_set(entry, "platform", platform);
	json_add(list, entry);
}

static void format_index(const struct image_archive *archive, struct strbuf *out)
{
	auto_json json *document = json_new_object();
	json *list = json_new_array();

	json_set_int(document, "schemaVersion", 2);
	json_set_string(document, "mediaType", MANIFEST_TYPE_INDEX);
	for (size_t i = 0; i < archive->count; i++) {
		const struct archived_image *image = archive->images[i];

		for (size_t j = 0; j < image->name_count; j++)
			add_index_entry(list, image, image->names[j]);
		if (image->name_count == 0)
			add_index_entry(list, image, NULL);
	}
	json_set(document, "manifests", list);
	json_print(out, document, false);
}

static void format_docker(const struct image_archive *archive, struct strbuf *out)
{
	auto_json json *document = json_new_array();

	for (size_t i = 0; i < archive->count; i++) {
		const struct archived_image *image = archive->images[i];
		json *entry = json_new_object();
		json *tags = image->name_count ? json_new_array() : NULL;
		json *layers = json_new_array();
		char path[96];

		snprintf(path, sizeof(path), "blobs/sha256/%s", image->config.hex);
		json_set_string(entry, "Config", path);
		for (size_t j = 0; j < image->name_count; j++) {
			auto_free char *familiar = reference_familiar(image->names[j]);

			json_add_string(tags, familiar);
		}
		json_set(entry, "RepoTags", tags);
		for (size_t j = 0; j < image->layer_count; j++) {
			snprintf(path, sizeof(path), "blobs/sha256/%s", image->layers[j].hex);
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

static int write_blobs(const struct image_archive *archive, struct tar_writer *tar,
		       struct error *err)
{
	auto_free struct map_entry **sorted =
		alloc_zeroed(archive->blobs.count + 1, sizeof(struct map_entry *));

	for (size_t i = 0; i < archive->blobs.count; i++)
		sorted[i] = archive->blobs.entries + i;
	qsort(sorted, archive->blobs.count, sizeof(*sorted), compare_keys);
	for (size_t i = 0; i < archive->blobs.count; i++) {
		const struct archived_blob *blob = sorted[i]->value;
		char path[96];

		snprintf(path, sizeof(path), "blobs/sha256/%s", sorted[i]->key);
		if (tar_writer_add_file(tar, path, blob->fd, blob->size, err) < 0)
			return -1;
	}
	return 0;
}

static int write_start(const struct image_save_start *start, struct tar_writer *tar,
		       const struct strbuf *const texts[], struct error *err)
{
	struct image_document documents[] = {
		{.name = "oci-layout"}, {.name = "index.json"}, {.name = "manifest.json"}};

	if (!start)
		return 0;
	for (size_t i = 0; i < array_length(documents); i++)
		digest_hex(documents[i].hex, texts[i]->text, texts[i]->length);
	return start->begin(tar, documents, array_length(documents), start->data, err);
}

/* The documents come first: who reads the archive as a stream knows at once what is in it. */
static int write_archive(const struct image_archive *archive, const struct image_save_start *start,
			 struct tar_writer *tar, struct error *err)
{
	static const char layout[] = "{\"imageLayoutVersion\":\"1.0.0\"}";
	auto_strbuf struct strbuf index = {0};
	auto_strbuf struct strbuf docker = {0};
	auto_strbuf struct strbuf head = {0};

	format_index(archive, &index);
	format_docker(archive, &docker);
	strbuf_add(&head, layout);
	if (write_start(start, tar, (const struct strbuf *const[]){&head, &index, &docker}, err) <
		    0 ||
	    tar_writer_add_bytes(tar, "oci-layout", layout, strlen(layout), err) < 0 ||
	    tar_writer_add_bytes(tar, "index.json", index.text, index.length, err) < 0 ||
	    tar_writer_add_bytes(tar, "manifest.json", docker.text, docker.length, err) < 0 ||
	    tar_writer_add_directory(tar, "blobs", err) < 0 ||
	    tar_writer_add_directory(tar, "blobs/sha256", err) < 0)
		return -1;
	return write_blobs(archive, tar, err);
}

int image_archive_write(const struct image_archive *archive, const struct image_save_start *start,
			int fd, struct error *err)
{
	auto_tar_writer struct tar_writer tar;

	tar_writer_init_fd(&tar, fd);
	if (write_archive(archive, start, &tar, err) < 0)
		return -1;
	return tar_writer_finish(&tar, err);
}
