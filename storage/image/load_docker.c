/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/load_docker.c - the docker side of storage/image/load_image.h: manifest.json, which
 * names a config, layers and tags. It has no OCI manifest, so one is made: the same for the same
 * image.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "storage/archive/compress.h"
#include "storage/image/load_image.h"
#include "storage/reference.h"

static int need_file(struct load_images *images, const char *name, struct blob_file **file,
		     struct error *err)
{
	int found;

	if (!name)
		return error_set(err, ERROR_INVALID, "manifest.json lacks a file name");
	found = load_source_find(images->source, name, file, err);
	if (found == 0)
		return error_set(err, ERROR_INVALID, "the archive lacks '%.300s'", name);
	return found < 0 ? -1 : 0;
}

/* "HEX.json": the name is the image id, so hold it to that. */
static int check_config_name(const char *name, const struct blob_file *file, struct error *err)
{
	if (strlen(name) == 64 + 5 && reference_is_hex(name, 64) &&
	    strcmp(name + 64, ".json") == 0 && strncmp(name, file->hex, 64) != 0)
		return error_set(err, ERROR_INVALID, "'%s' is damaged: its content is sha256:%s",
				 name, file->hex);
	return 0;
}

static const char *layer_type(struct load_images *images, const struct blob_file *file)
{
	auto_close int fd = openat(images->source->staging->fd, file->name, O_RDONLY | O_CLOEXEC);
	char magic[COMPRESS_MAGIC_SIZE];
	ssize_t n = fd < 0 ? 0 : read(fd, magic, sizeof(magic));

	switch (compress_recognize(magic, n > 0 ? (size_t)n : 0)) {
	case COMPRESS_GZIP:
		return MANIFEST_TYPE_LAYER "+gzip";
	case COMPRESS_ZSTD:
		return MANIFEST_TYPE_LAYER "+zstd";
	case COMPRESS_NONE:
	case COMPRESS_BZIP2:
	case COMPRESS_XZ:
		break;
	}
	return MANIFEST_TYPE_LAYER;
}

static int make_manifest(struct load_images *images, struct load_image *image, struct error *err)
{
	auto_json json *document = json_new_object();
	auto_strbuf struct strbuf text = {0};
	json *layers = json_new_array();

	json_set_int(document, "schemaVersion", 2);
	json_set_string(document, "mediaType", MANIFEST_TYPE_MANIFEST);
	json_set(document, "config",
		 manifest_make_descriptor(MANIFEST_TYPE_CONFIG, image->config_file->hex,
					  image->config_file->size));
	for (size_t i = 0; i < image->layer_count; i++)
		json_add(layers, manifest_make_descriptor(layer_type(images, image->layer_files[i]),
							  image->layer_files[i]->hex,
							  image->layer_files[i]->size));
	json_set(document, "layers", layers);
	json_print(&text, document, false);
	image->manifest_file = arena_alloc(images->arena, sizeof(*image->manifest_file));
	image->is_generated = true;
	return blob_stage_bytes(images->source->staging, text.text, text.length,
				image->manifest_file, err);
}

static int read_image(struct load_images *images, const json *entry, struct load_image *image,
		      struct error *err)
{
	const char *config = json_string(entry, "Config", NULL);
	json *layers = json_get(entry, "Layers");

	if (need_file(images, config, &image->config_file, err) < 0 ||
	    check_config_name(config, image->config_file, err) < 0)
		return -1;
	image->layer_count = json_length(layers);
	image->layer_files =
		arena_array(images->arena, image->layer_count, sizeof(*image->layer_files));
	if (load_image_read_config(images, image, err) < 0)
		return -1;
	for (size_t i = 0; i < image->layer_count; i++)
		if (need_file(images, json_string_at(layers, i), image->layer_files + i, err) < 0)
			return -1;
	return make_manifest(images, image, err);
}

static struct load_image *find_config(struct load_images *images, const char *hex)
{
	for (size_t i = 0; i < images->count; i++)
		if (strcmp(images->items[i].config_file->hex, hex) == 0)
			return images->items + i;
	return NULL;
}

static int add_tags(struct load_images *images, struct load_image *image, const json *entry,
		    struct error *err)
{
	json *tags = json_get(entry, "RepoTags");

	for (size_t i = 0; i < json_length(tags); i++) {
		const char *tag = json_string_at(tags, i);
		auto_free char *full = reference_normalize(tag ? tag : "", err);

		if (!full)
			return error_wrap(err, "manifest.json");
		load_image_add_name(images, image, full);
	}
	return 0;
}

static int add_entry(struct load_images *images, const json *entry, bool is_hybrid,
		     struct error *err)
{
	struct blob_file *config = NULL;
	struct load_image *image;

	if (!json_is_object(entry))
		return error_set(err, ERROR_INVALID, "manifest.json: an entry is not an object");
	if (is_hybrid) {
		/* For a platform that is not ours, the config may be missing. */
		if (load_source_find(images->source, json_string(entry, "Config", ""), &config,
				     err) < 0)
			return -1;
		image = config ? find_config(images, config->hex) : NULL;
		return image ? add_tags(images, image, entry, err) : 0;
	}
	images->items =
		arena_grow(images->arena, images->items, images->count, sizeof(*images->items));
	image = images->items + images->count;
	*image = (struct load_image){0};
	if (read_image(images, entry, image, err) < 0)
		return -1;
	images->count++;
	return add_tags(images, image, entry, err);
}

int load_docker_find(struct load_images *images, const struct blob_file *file, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	auto_json json *document = NULL;
	bool is_hybrid = images->count > 0;

	if (load_source_read_document(images->source, file, &text, err) < 0)
		return -1;
	document = json_parse(strbuf_text(&text), text.length, "manifest.json", err);
	if (!document)
		return -1;
	if (!json_is_array(document))
		return error_set(err, ERROR_INVALID, "manifest.json is not a list");
	for (size_t i = 0; i < json_length(document); i++)
		if (add_entry(images, json_at(document, i), is_hybrid, err) < 0)
			return -1;
	return 0;
}
