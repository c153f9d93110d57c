/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/load_oci.c - the OCI side of storage/image/load_image.h: index.json, perhaps with
 * further indexes in it, leads to a manifest for this host.
 */
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "storage/image/load_image.h"
#include "storage/reference.h"

#define MOST_IMAGES   1000
#define DEEPEST_INDEX 4

/* 1: @file is what @descriptor says, digest and size; 0: the archive does not have it. */
static int find_blob(struct load_images *images, const struct descriptor *descriptor,
		     struct blob_file **file, struct error *err)
{
	int found = load_source_find_blob(images->source, descriptor->hex, file, err);

	if (found > 0 && (*file)->size != descriptor->size)
		return error_set(err, ERROR_INVALID,
				 "blob sha256:%s has %jd bytes, but the archive says %jd",
				 descriptor->hex, (intmax_t)(*file)->size,
				 (intmax_t)descriptor->size);
	return found;
}

static int need_blob(struct load_images *images, const struct descriptor *descriptor,
		     struct blob_file **file, struct error *err)
{
	int found = find_blob(images, descriptor, file, err);

	if (found == 0)
		return error_set(err, ERROR_INVALID, "the archive lacks blob sha256:%s",
				 descriptor->hex);
	return found < 0 ? -1 : 0;
}

/* A manifest becomes an image: everything it names must be there. */
static int read_manifest(struct load_images *images, const json *document, struct load_image *image,
			 struct error *err)
{
	struct manifest manifest;

	if (manifest_parse(document, &manifest, images->arena, err) < 0 ||
	    need_blob(images, &manifest.config, &image->config_file, err) < 0)
		return -1;
	image->layer_count = manifest.layer_count;
	image->layer_files =
		arena_array(images->arena, manifest.layer_count, sizeof(*image->layer_files));
	if (load_image_read_config(images, image, err) < 0)
		return -1;
	for (size_t i = 0; i < manifest.layer_count; i++)
		if (need_blob(images, manifest.layers + i, image->layer_files + i, err) < 0)
			return -1;
	return 0;
}

/* What an index entry leads to, for the platform that is wanted. */
struct candidate {
	const json *entry;
	const char *name; /* full reference or NULL */
	int rate;
	struct blob_file *file;
	json *document; /* of the manifest; owned */
};

static int rate_entry(struct load_images *images, const json *entry)
{
	json *value = json_get(entry, "platform");
	struct platform platform;

	if (!value)
		return 1; /* it may suit; the config will tell */
	manifest_parse_platform(value, &platform, images->arena);
	return manifest_rate_platform(&platform, &images->wanted);
}

static int resolve(struct load_images *images, struct candidate *candidate, int depth,
		   struct error *err);

/* The best entry of a nested index; 0 when none of them is there. */
static int resolve_index(struct load_images *images, const json *index, struct candidate *candidate,
			 int depth, struct error *err)
{
	json *list = json_get(index, "manifests");
	struct candidate best = {0};

	if (depth >= DEEPEST_INDEX)
		return error_set(err, ERROR_INVALID, "indexes are nested too deeply");
	for (size_t i = 0; i < json_length(list); i++) {
		struct candidate next = {.entry = json_at(list, i)};
		int result;

		if (manifest_is_attestation(next.entry))
			continue;
		next.rate = rate_entry(images, next.entry);
		if (best.document && next.rate <= best.rate)
			continue;
		result = resolve(images, &next, depth + 1, err);
		if (result < 0) {
			json_cleanup(&best.document);
			return -1;
		}
		if (result > 0) {
			json_cleanup(&best.document);
			best = next;
		}
	}
	if (!best.document)
		return 0;
	candidate->rate = best.rate;
	candidate->file = best.file;
	candidate->document = best.document;
	return 1;
}

/* 1: @candidate has its manifest; 0: it is not in the archive. */
static int resolve(struct load_images *images, struct candidate *candidate, int depth,
		   struct error *err)
{
	auto_json json *document = NULL;
	struct descriptor descriptor;
	enum manifest_kind kind;
	int found;

	if (manifest_parse_descriptor(candidate->entry, &descriptor, images->arena, err) < 0)
		return -1;
	found = find_blob(images, &descriptor, &candidate->file, err);
	if (found <= 0)
		return found;
	document = load_image_read_json(images, candidate->file, "manifest", err);
	if (!document || manifest_classify(document, descriptor.media_type, &kind, err) < 0)
		return error_wrap(err, "sha256:%.12s", descriptor.hex);
	if (kind == MANIFEST_INDEX)
		return resolve_index(images, document, candidate, depth, err);
	candidate->document = take_ptr(document);
	return 1;
}

/* containerd's annotation is a full reference; OCI's may be one, or only a tag. */
static const char *entry_name(struct load_images *images, const json *entry)
{
	json *annotations = json_get(entry, "annotations");
	const char *text = json_string(annotations, "io.containerd.image.name", NULL);
	auto_free char *full = NULL;

	if (!text) {
		text = json_string(annotations, "org.opencontainers.image.ref.name", NULL);
		if (text && !strpbrk(text, "/:@"))
			return NULL;
	}
	full = text ? reference_normalize(text, NULL) : NULL;
	return full ? arena_string(images->arena, full) : NULL;
}

static struct load_image *find_manifest(struct load_images *images, const char *hex)
{
	for (size_t i = 0; i < images->count; i++)
		if (strcmp(images->items[i].manifest_file->hex, hex) == 0)
			return images->items + i;
	return NULL;
}

static struct load_image *add_image(struct load_images *images)
{
	images->items =
		arena_grow(images->arena, images->items, images->count, sizeof(*images->items));
	images->items[images->count] = (struct load_image){0};
	return images->items + images->count++;
}

static int add_candidate(struct load_images *images, const struct candidate *candidate,
			 struct error *err)
{
	struct load_image *image = find_manifest(images, candidate->file->hex);

	if (!image) {
		image = add_image(images);
		image->manifest_file = candidate->file;
		if (read_manifest(images, candidate->document, image, err) < 0)
			return error_wrap(err, "image sha256:%.12s", candidate->file->hex);
	}
	if (candidate->name)
		load_image_add_name(images, image, candidate->name);
	return 0;
}

/* Some writers put the platforms of one image side by side into index.json, under one name or
 * none: then only the best of them is meant. */
static bool is_rival(const struct candidate *a, const struct candidate *b)
{
	if (!json_get(a->entry, "platform") || !json_get(b->entry, "platform"))
		return false;
	if (!a->name || !b->name)
		return a->name == b->name;
	return strcmp(a->name, b->name) == 0;
}

static int collect(struct load_images *images, json *list, struct candidate *candidates,
		   size_t *count, struct error *err)
{
	for (size_t i = 0; i < json_length(list); i++) {
		struct candidate next = {.entry = json_at(list, i)};
		size_t rival = 0;
		int result;

		if (manifest_is_attestation(next.entry))
			continue;
		next.rate = rate_entry(images, next.entry);
		next.name = entry_name(images, next.entry);
		result = resolve(images, &next, 0, err);
		if (result < 0)
			return -1;
		if (result == 0 && !json_get(next.entry, "platform"))
			return error_set(err, ERROR_INVALID, "the archive lacks the manifest %s",
					 json_string(next.entry, "digest", ""));
		if (result == 0)
			continue;
		while (rival < *count && !is_rival(candidates + rival, &next))
			rival++;
		if (rival == *count)
			(*count)++;
		else if (candidates[rival].rate >= next.rate) {
			json_cleanup(&next.document);
			continue;
		}
		json_cleanup(&candidates[rival].document);
		candidates[rival] = next;
	}
	return 0;
}

int load_oci_find(struct load_images *images, const struct blob_file *file, struct error *err)
{
	auto_json json *index = load_image_read_json(images, file, "index.json", err);
	json *list = json_get(index, "manifests");
	struct candidate *candidates;
	size_t count = 0;
	int result;

	if (!index)
		return -1;
	if (!json_is_array(list) || json_length(list) > MOST_IMAGES)
		return error_set(err, ERROR_INVALID, "index.json has no list of up to %d manifests",
				 MOST_IMAGES);
	candidates = arena_array(images->arena, json_length(list) + 1, sizeof(*candidates));
	result = collect(images, list, candidates, &count, err);
	for (size_t i = 0; i < count; i++) {
		if (result == 0)
			result = add_candidate(images, candidates + i, err);
		json_cleanup(&candidates[i].document);
	}
	return result;
}
