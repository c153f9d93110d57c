/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/image_make.h"
#include "storage/reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "storage/archive/compress_writer.h"
#include "storage/image/image_parts.h"
#include "storage/image/image_private.h"
#include "storage/image/layer_snapshot.h"
#include "storage/image/layer_store.h"
#include "storage/store_lock.h"

int image_make_begin(struct image_make *make, const struct layout *layout, const char *name,
		     struct arena *arena, struct error *err)
{
	*make = (struct image_make){.layout = layout, .arena = arena, .staging = STAGING_CLOSED};
	if (name) {
		make->name = reference_normalize(name, err);
		if (!make->name)
			return -1;
		if (strchr(make->name, '@'))
			return error_set(err, ERROR_INVALID, "'%s' has a digest: give a tag", name);
	}
	return staging_open(&make->staging, layout, err);
}

void image_make_release(struct image_make *make)
{
	if (!make->layout)
		return;
	json_cleanup(&make->document);
	make->document = NULL;
	free(make->name);
	make->name = NULL;
	staging_close(&make->staging);
}

/* ---- where it starts from ----------------------------------------------------------------------
 */

static struct image_make_layer *grow(struct image_make *make)
{
	make->layers =
		arena_grow(make->arena, make->layers, make->layer_count, sizeof(*make->layers));
	return make->layers + make->layer_count++;
}

/* Another compressed form of the same layer: the one that the store has, or, of what a build has
 * made, one of its files. */
static bool find_other(const struct image_make *make, const char *chain_id,
		       struct image_make_layer *layer)
{
	struct layer_snapshot_blob blob;

	if (layer_snapshot_blob(&make->staging, chain_id, &blob, NULL) < 0)
		return false;
	layer->media_type = blob.media_type;
	layer->file = blob.file;
	return *blob.file.name || blob_stage_existing(&make->staging, blob.hex, &layer->file);
}

/* A second name for each blob, so that a removal of the image cannot take them away. */
static int hold_layers(struct image_make *make, const struct image *image,
		       const struct manifest *manifest, struct error *err)
{
	for (size_t i = 0; i < manifest->layer_count; i++) {
		const struct descriptor *descriptor = manifest->layers + i;
		struct image_make_layer *layer = grow(make);

		layer->media_type = manifest_layer_type(descriptor->media_type);
		if (blob_stage_existing(&make->staging, descriptor->hex, &layer->file) ||
		    (i < image->layer_count && find_other(make, image->chain_ids[i], layer)))
			continue;
		return error_set(err, ERROR_NOT_FOUND,
				 "the compressed layer sha256:%.12s of the image is not in "
				 "'%s/images' any more: load or pull the image again",
				 descriptor->hex, make->layout->root);
	}
	return 0;
}

int image_make_take_parent(struct image_make *make, const char *image_id, struct error *err)
{
	auto_image_index struct image_index index = {.lock_fd = -1};
	auto_strbuf struct strbuf text = {0};
	auto_json json *entry = json_new_object();
	struct manifest manifest;
	enum image_match match;
	struct image image;

	if (image_index_open(&index, make->layout, true, err) < 0 ||
	    image_store_find(&index, image_id, &image, &match, make->arena, err) < 0)
		return -1;
	json_set_string(entry, "digest", image.digest);
	if (image_store_read(make->layout, entry, &image, &manifest, make->arena, err) < 0 ||
	    hold_layers(make, &image, &manifest, err) < 0 ||
	    image_read_config(make->layout, &image, &text, err) < 0)
		return -1;
	make->document = json_parse(text.text, text.length, "image config", err);
	return make->document ? 0 : -1;
}

void image_make_scratch(struct image_make *make, const char *os, const char *architecture,
			const char *variant)
{
	json *rootfs = json_new_object();

	make->document = json_new_object();
	json_set_string(make->document, "architecture", architecture);
	json_set_string(make->document, "os", os);
	json_set_string(make->document, "variant", variant);
	json_set(make->document, "config", json_new_object());
	json_set_string(rootfs, "type", "layers");
	json_set(rootfs, "diff_ids", json_new_array());
	json_set(make->document, "rootfs", rootfs);
}

/* ---- the new layer -----------------------------------------------------------------------------
 */

static int write_blob(void *data, const void *bytes, size_t length, struct error *err)
{
	struct image_make_writer *writer = data;

	return blob_write(&writer->blob, bytes, length, err);
}

int image_make_open_layer(struct image_make *make, struct image_make_writer *writer,
			  struct error *err)
{
	*writer = (struct image_make_writer){.make = make, .blob.fd = -1};
	if (blob_begin(&writer->blob, &make->staging, &writer->file, err) < 0)
		return -1;
	digest_init(&writer->plain);
	writer->gzip = compress_writer_new(write_blob, writer);
	return 0;
}

int image_make_write(void *data, const void *bytes, size_t length, struct error *err)
{
	struct image_make_writer *writer = data;

	digest_add(&writer->plain, bytes, length);
	return compress_writer_add(writer->gzip, bytes, length, err);
}

int image_make_close_layer(struct image_make_writer *writer, struct error *err)
{
	char diff_hex[DIGEST_HEX_SIZE];

	if (compress_writer_finish(writer->gzip, err) < 0)
		return -1;
	blob_finish(&writer->blob);
	digest_finish(&writer->plain, diff_hex);
	image_make_add_layer(writer->make, &writer->file, MANIFEST_TYPE_LAYER "+gzip", diff_hex);
	image_make_drop_layer(writer);
	return 0;
}

void image_make_drop_layer(struct image_make_writer *writer)
{
	compress_writer_cleanup(&writer->gzip);
	writer->gzip = NULL;
	blob_abandon(&writer->blob);
}

void image_make_add_layer(struct image_make *make, const struct blob_file *file,
			  const char *media_type, const char *diff_hex)
{
	struct image_make_layer *layer = grow(make);
	char digest[80];

	*layer = (struct image_make_layer){*file, media_type};
	snprintf(digest, sizeof(digest), "sha256:%s", diff_hex);
	json_add_string(json_path(make->document, "rootfs", "diff_ids", NULL), digest);
}

void image_make_add_history(struct image_make *make, const struct image_make_note *note)
{
	json *history = json_get(make->document, "history"), *entry = json_new_object();
	char now[UNITS_TIME_SIZE];
	struct timespec time = units_now();

	units_format_time(now, &time);
	json_set_string(make->document, "created", now);
	if (note->author)
		json_set_string(make->document, "author", note->author);
	if (!json_is_array(history)) {
		history = json_new_array();
		json_set(make->document, "history", history);
	}
	json_set_string(entry, "created", now);
	json_set_string(entry, "created_by", note->created_by);
	json_set_string(entry, "author", note->author);
	json_set_string(entry, "comment", note->comment);
	if (note->has_no_layer)
		json_set_bool(entry, "empty_layer", true);
	json_add(history, entry);
}

/* ---- putting it into place ---------------------------------------------------------------------
 */

static int unpack(struct image_make *make, struct error *err)
{
	struct layer_job *jobs = arena_array(make->arena, make->layer_count + 1, sizeof(*jobs));
	struct layer_progress silent = {0};
	char **diff_ids, **chain_ids;
	size_t count;
	int result;

	if (manifest_parse_rootfs(make->document, &diff_ids, &chain_ids, &count, make->arena, err) <
	    0)
		return -1;
	if (count != make->layer_count)
		return error_set(err, ERROR_INVALID, "the image has %zu layers, but its config %zu",
				 make->layer_count, count);
	for (size_t i = 0; i < count; i++)
		jobs[i] = (struct layer_job){
			.chain_id = chain_ids[i],
			.diff_id = diff_ids[i],
			.blob_hex = make->layers[i].file.hex,
			.blob_name = make->layers[i].file.name,
			.blob_size = make->layers[i].file.size,
		};
	result = layer_store_unpack(&make->staging, jobs, count, &silent, err);
	/* Without a new layer the documents are, which are as yet nowhere else. */
	if (result == 0 && syncfs(make->layout->root_fd) < 0)
		return error_errno(err, "cannot sync '%s'", make->layout->root);
	return result < 0 ? -1 : 0;
}

static int commit(struct image_make *make, const struct image_parts *parts, struct error *err)
{
	auto_image_index struct image_index index = {.lock_fd = -1};
	struct image_index_entry entry = image_parts_entry(parts, make->arena);

	entry.name = make->name;
	if (image_index_open(&index, make->layout, true, err) < 0)
		return -1;
	for (size_t i = 0; i < make->layer_count; i++)
		if (blob_commit(&make->staging, &make->layers[i].file, err) < 0)
			return -1;
	if (image_parts_commit(parts, &make->staging, err) < 0 || blob_sync(make->layout, err) < 0)
		return -1;
	image_index_add(&index, &entry);
	return image_index_save(&index, err);
}

static void describe(struct image_make *make, struct image_parts *parts)
{
	struct descriptor *layers = arena_array(make->arena, make->layer_count, sizeof(*layers));

	for (size_t i = 0; i < make->layer_count; i++) {
		const struct image_make_layer *layer = make->layers + i;

		layers[i] = (struct descriptor){.size = layer->file.size,
						.media_type = layer->media_type};
		memcpy(layers[i].hex, layer->file.hex, DIGEST_HEX_SIZE);
	}
	parts->document = make->document;
	parts->layers = layers;
	parts->layer_count = make->layer_count;
	image_parts_format(parts);
}

int image_make_finish(struct image_make *make, char id[80], struct error *err)
{
	auto_image_parts struct image_parts parts = {0};
	auto_close int lock = -1;

	if (make->layer_count == 0)
		return error_set(err, ERROR_INVALID, "an image without layers has no files");
	describe(make, &parts);
	if (image_parts_stage(&parts, &make->staging, err) < 0)
		return -1;
	lock = store_lock_share(make->layout, err);
	if (lock < 0 || unpack(make, err) < 0 || commit(make, &parts, err) < 0)
		return -1;
	snprintf(id, 80, "sha256:%s", parts.config_hex);
	return 0;
}
