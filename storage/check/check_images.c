/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/check/check_images.c - index.json, and that each image in it has all that it needs.
 */
#include "storage/check/check_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "storage/container_use.h"
#include "storage/image/blob.h"
#include "storage/image/image_private.h"
#include "storage/image/layer_store.h"
#include "storage/reference.h"

static const char layout_text[] = "{\"imageLayoutVersion\":\"1.0.0\"}";

int check_oci_layout(struct check_walk *walk, struct error *err)
{
	auto_json json *document = json_load(walk->layout->images_fd, "oci-layout", NULL);
	struct check_finding *finding;

	if (strcmp(json_string(document, "imageLayoutVersion", ""), "1.0.0") == 0)
		return 0;
	finding = check_find(walk, CHECK_LITTER, "layout", "images/oci-layout",
			     document ? "of another version" : "missing or damaged");
	if (!check_may(walk, finding))
		return 0;
	if (file_replace(walk->layout->images_fd, "oci-layout", layout_text, strlen(layout_text),
			 0600, err) < 0)
		return -1;
	check_repaired(finding, "written anew");
	return 0;
}

/* Names by which containers know their images: image id (hex) -> full reference in the arena. */
static void find_names(struct check_walk *walk, struct map *names)
{
	auto_strvec struct strvec ids = {0};

	check_list(walk, walk->layout->containers_fd, ".", &ids, NULL);
	strvec_each (id, &ids) {
		auto_free char *full = NULL;
		char hex[DIGEST_HEX_SIZE];
		struct container_use use;

		container_use_read(&use, walk->layout, *id, walk->arena);
		full = reference_normalize(use.image, NULL);
		if (full && !strchr(full, '@') &&
		    reference_parse_digest(hex, use.image_id, "", NULL) == 0 &&
		    strncmp(hex, use.image, strlen(use.image)) != 0)
			map_set(names, hex, arena_string(walk->arena, full));
	}
}

static bool is_manifest(struct check_walk *walk, const char *hex, int64_t size)
{
	auto_strbuf struct strbuf text = {0};
	auto_json json *document = NULL;
	enum manifest_kind kind;

	if (size > (int64_t)BLOB_DOCUMENT_LIMIT || map_has(&walk->bad_blobs, hex) ||
	    blob_read(walk->layout, hex, &text, NULL) < 0 || text.length == 0 ||
	    text.text[0] != '{')
		return false;
	document = json_parse(text.text, text.length, "blob", NULL);
	return document && manifest_classify(document, "", &kind, NULL) == 0 &&
	       kind == MANIFEST_IMAGE;
}

/* Every complete image among the blobs, under the names that containers know. */
static int fill_index(struct check_walk *walk, struct error *err)
{
	auto_map struct map names = {0};
	struct gc_garbage all;

	find_names(walk, &names);
	if (gc_find(walk->layout, NULL, &all, walk->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < all.blobs.count; i++) {
		const struct gc_item *blob = all.blobs.items + i;
		auto_json json *descriptor = NULL;
		struct manifest manifest;
		struct image image;

		if (!is_manifest(walk, blob->hex, blob->size))
			continue;
		descriptor = json_new_object();
		json_set_string(descriptor, "digest",
				arena_format(walk->arena, "sha256:%s", blob->hex));
		if (image_store_read(walk->layout, descriptor, &image, &manifest, walk->arena,
				     NULL) < 0)
			continue;
		image_index_add(&walk->index, &(struct image_index_entry){
						      .hex = blob->hex,
						      .size = blob->size,
						      .name = map_get(&names, manifest.config.hex),
						      .os = image.os,
						      .architecture = image.architecture,
						      .variant = image.variant,
						      .is_beside = true,
					      });
	}
	return image_index_save(&walk->index, err);
}

static int repair_index(struct check_walk *walk, struct check_finding *finding, struct error *err)
{
	int images_fd = walk->layout->images_fd;
	char text[64];

	if (renameat(images_fd, "index.json", images_fd, "index.json.damaged") < 0 &&
	    errno != ENOENT)
		return error_errno(err, "cannot rename images/index.json");
	snprintf(text, sizeof(text), "{\"schemaVersion\":2,\"manifests\":[]}\n");
	if (file_replace(images_fd, "index.json", text, strlen(text), 0600, err) < 0 ||
	    image_index_open(&walk->index, walk->layout, true, err) < 0 ||
	    fill_index(walk, err) < 0)
		return -1;
	check_repaired(finding, "moved aside as index.json.damaged, written anew from the blobs; "
				"images without containers have lost their names: see 'coracle "
				"image ls'");
	return 0;
}

/* Two entries of one name: the first is the one that is found. */
static int check_names(struct check_walk *walk, struct error *err)
{
	auto_map struct map seen = {0};
	bool has_changed = false;

	for (size_t i = 0; i < image_index_count(&walk->index); i++) {
		json *entry = image_index_at(&walk->index, i);
		const char *name = image_index_name(entry);
		bool is_double = name && map_has(&seen, name);
		struct error problem = {0};
		struct check_finding *finding;

		if (name)
			map_set(&seen, name, walk);
		if (image_index_check(entry, &problem) == 0 && !is_double)
			continue;
		finding = check_find(walk, CHECK_DAMAGE, "index", name ? name : "an entry",
				     problem.code ? arena_string(walk->arena, problem.text)
						  : "it is there twice");
		if (!check_may(walk, finding))
			continue;
		image_index_remove(&walk->index, entry);
		has_changed = true;
		i--;
		check_repaired(finding, "removed from index.json");
	}
	return has_changed ? image_index_save(&walk->index, err) : 0;
}

int check_index(struct check_walk *walk, struct error *err)
{
	struct error problem = {0};
	struct check_finding *finding;

	if (image_index_open(&walk->index, walk->layout, true, &problem) == 0)
		return check_names(walk, err);
	finding = check_find(walk, CHECK_DAMAGE, "index", "images/index.json",
			     arena_string(walk->arena, problem.text));
	if (!check_may(walk, finding))
		return 0;
	return repair_index(walk, finding, err);
}

static bool is_good(struct check_walk *walk, const char *hex)
{
	return blob_exists(walk->layout, hex) && !map_has(&walk->bad_blobs, hex);
}

static bool has_good_layer(struct check_walk *walk, const char *chain_id)
{
	return layer_store_has(walk->layout, chain_id) && !map_has(&walk->bad_layers, chain_id);
}

/* What is missing for good, or NULL. What can be unpacked anew is noted. */
static const char *find_loss(struct check_walk *walk, const struct image *image,
			     const struct manifest *manifest)
{
	bool needs_rebuild = false;

	if (manifest->layer_count != image->layer_count)
		return "manifest and config do not agree";
	for (size_t i = 0; i < image->layer_count; i++) {
		const char *chain_id = image->chain_ids[i];
		struct check_finding *finding;

		if (has_good_layer(walk, chain_id))
			continue;
		needs_rebuild = true;
		if (!is_good(walk, manifest->layers[i].hex))
			return arena_format(walk->arena, "layer %.12s is lost, and so is its blob",
					    chain_id);
		if (map_has(&walk->rebuild, chain_id))
			continue;
		finding = map_get(&walk->bad_layers, chain_id);
		if (!finding)
			finding = check_find(walk, CHECK_DAMAGE, "layer",
					     check_digest(walk, chain_id), "it is missing");
		map_set(&walk->rebuild, chain_id, finding);
	}
	if (needs_rebuild)
		map_set(&walk->images, image->digest + 7, (void *)image);
	return NULL;
}

/* Damage is told once; here it is said whom it concerns. */
static void name_user(struct check_walk *walk, const struct map *bad, const char *hex,
		      const char *name)
{
	struct check_finding *finding = map_get(bad, hex);

	if (finding)
		finding->problem =
			arena_format(walk->arena, "%s (image %s)", finding->problem, name);
}

static const char *check_image(struct check_walk *walk, const json *entry, const char *name)
{
	struct manifest manifest;
	struct image *image = arena_alloc(walk->arena, sizeof(*image));
	struct error problem = {0};
	char hex[DIGEST_HEX_SIZE];

	if (!image_index_digest(entry, hex))
		return "it has no digest";
	if (map_has(&walk->bad_blobs, hex))
		return "its manifest is damaged";
	if (image_store_read(walk->layout, entry, image, &manifest, walk->arena, &problem) < 0)
		return arena_string(walk->arena, problem.text);
	for (size_t i = 0; i < manifest.layer_count; i++)
		name_user(walk, &walk->bad_blobs, manifest.layers[i].hex, name);
	for (size_t i = 0; i < image->layer_count; i++)
		name_user(walk, &walk->bad_layers, image->chain_ids[i], name);
	return find_loss(walk, image, &manifest);
}

static void drop_image(struct check_walk *walk, const json *entry, const char *name,
		       struct check_finding *finding)
{
	if (!check_may(walk, finding)) {
		if (name)
			finding->action = arena_format(
				walk->arena, "pull or load '%s' again, or remove it", name);
		return;
	}
	image_index_remove(&walk->index, entry);
	check_repaired(finding, name ? arena_format(walk->arena,
						    "removed: bring it back with 'coracle pull %s' "
						    "or 'coracle image load'",
						    name)
				     : "removed");
}

int check_images(struct check_walk *walk, struct error *err)
{
	size_t before = image_index_count(&walk->index);

	if (!walk->index.document)
		return 0;
	for (size_t i = 0; i < image_index_count(&walk->index); i++) {
		json *entry = image_index_at(&walk->index, i);
		const char *full = image_index_name(entry);
		auto_free char *familiar = full ? reference_familiar(full) : NULL;
		const char *name = arena_string(walk->arena, familiar);
		const char *digest = json_string(entry, "digest", "without digest");
		const char *shown = name ? name : arena_string(walk->arena, digest);
		const char *problem = check_image(walk, entry, shown);

		walk->check->images++;
		if (!problem)
			continue;
		drop_image(walk, entry, name,
			   check_find(walk, CHECK_DAMAGE, "image", shown, problem));
		if (image_index_at(&walk->index, i) != entry)
			i--;
	}
	return image_index_count(&walk->index) == before ? 0 : image_index_save(&walk->index, err);
}
