/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/build_cache/build_export.c - the writing half of storage/build_cache/build_exchange.h.
 */
#include "storage/build_cache/build_exchange.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "storage/build_cache/build_index.h"
#include "storage/build_cache/build_record.h"
#include "storage/image/image_parts.h"
#include "storage/image/layer_record.h"
#include "storage/image/layer_snapshot.h"

struct exporting {
	const struct layout *layout;
	struct arena *arena;
	struct build_index index;
	struct map known; /* chain id -> its number in the index, and one */
	struct descriptor *blobs;
	size_t blob_count;
};

static int64_t find_layer(const struct exporting *exporting, const char *chain_id)
{
	return (int64_t)(intptr_t)map_get(&exporting->known, chain_id) - 1;
}

/* Parents come before. */
static void add_stack(struct exporting *exporting, const struct build_exchange_stack *stack)
{
	struct build_index *index = &exporting->index;
	int64_t parent = -1;

	for (size_t i = 0; i < stack->count; i++) {
		int64_t at = find_layer(exporting, stack->chain_ids[i]);
		struct build_index_layer *layer;
		struct layer_record record;

		if (at < 0) {
			index->layers = arena_grow(exporting->arena, index->layers,
						   index->layer_count, sizeof(*index->layers));
			at = (int64_t)index->layer_count++;
			layer = index->layers + at;
			*layer = (struct build_index_layer){.parent = parent, .blob = -1};
			layer_record_load(exporting->layout, stack->chain_ids[i], &record,
					  exporting->arena, NULL);
			layer->is_snapshot = record.is_snapshot;
			layer->has_root = record.has_root;
			snprintf(layer->chain_id, DIGEST_HEX_SIZE, "%.64s", stack->chain_ids[i]);
			snprintf(layer->diff_id, DIGEST_HEX_SIZE, "%.64s",
				 stack->diff_ids[i] + strlen("sha256:"));
			map_set(&exporting->known, stack->chain_ids[i], (void *)(intptr_t)(at + 1));
		}
		parent = at;
	}
}

static int compare(const void *a, const void *b)
{
	const struct build_record *left = a, *right = b;

	return strcmp(left->key, right->key);
}

/* All records of the cache that are about these layers; in an order that stays, since they may be a
 * part of an image. */
static int add_records(struct exporting *exporting, struct error *err)
{
	struct build_index *index = &exporting->index;
	struct build_record *records;
	size_t count;

	if (build_cache_list(exporting->layout, &records, &count, exporting->arena, err) < 0)
		return -1;
	if (count)
		qsort(records, count, sizeof(*records), compare);
	index->records = arena_array(exporting->arena, count, sizeof(*records));
	index->tops = arena_array(exporting->arena, count, sizeof(*index->tops));
	for (size_t i = 0; i < count; i++) {
		const struct build_record *record = records + i;
		int64_t top =
			record->layer_count
				? find_layer(exporting, record->chain_ids[record->layer_count - 1])
				: -1;

		if (top < 0 || strcmp(record->kind, BUILD_KIND_MOUNT) == 0)
			continue;
		index->tops[index->record_count] = top;
		index->records[index->record_count++] = *record;
	}
	return 0;
}

/* ---- a place -----------------------------------------------------------------------------------
 */

static int open_blob(const struct staging *staging, const struct layer_snapshot_blob *blob,
		     struct error *err)
{
	int fd;

	if (!*blob->file.name)
		return blob_open(staging->layout, blob->hex, NULL, err);
	fd = openat(staging->fd, blob->file.name, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? error_errno(err, "cannot open blob sha256:%.12s", blob->hex) : fd;
}

/* Layers of other images are not written: they come from where those images are. */
static int put_layer(struct exporting *exporting, const struct staging *staging,
		     struct build_place *place, struct build_index_layer *layer, struct error *err)
{
	struct layer_snapshot_blob blob;
	struct descriptor *descriptor;
	auto_close int fd = -1;

	if (!layer->is_snapshot)
		return 0;
	if (layer_snapshot_blob(staging, layer->chain_id, &blob, err) < 0)
		return -1;
	fd = open_blob(staging, &blob, err);
	if (fd < 0)
		return -1;
	exporting->blobs = arena_grow(exporting->arena, exporting->blobs, exporting->blob_count,
				      sizeof(*exporting->blobs));
	layer->blob = (int64_t)exporting->blob_count++;
	descriptor = exporting->blobs + layer->blob;
	*descriptor = (struct descriptor){.size = blob.size, .media_type = blob.media_type};
	memcpy(descriptor->hex, blob.hex, DIGEST_HEX_SIZE);
	return build_place_put_blob(place, descriptor, fd, err);
}

/* A config as other programs expect one, as far as there can be: it is about no file system. */
static json *make_config(const struct exporting *exporting)
{
	json *config = json_new_object(), *rootfs = json_new_object(), *ids = json_new_array();
	struct platform host;

	manifest_host_platform(&host);
	for (size_t i = 0; i < exporting->index.layer_count; i++) {
		const struct build_index_layer *layer = exporting->index.layers + i;

		if (layer->blob >= 0)
			json_add_string(
				ids, arena_format(exporting->arena, "sha256:%s", layer->diff_id));
	}
	json_set_string(config, "architecture", host.architecture);
	json_set_string(config, "os", host.os);
	json_set_string(rootfs, "type", "layers");
	json_set(rootfs, "diff_ids", ids);
	json_set(config, "rootfs", rootfs);
	json_set(config, BUILD_INDEX, build_index_format(&exporting->index));
	return config;
}

static int put_config(struct build_place *place, const struct staging *staging,
		      const struct image_parts *parts, struct error *err)
{
	struct descriptor descriptor = {.size = (int64_t)parts->config.length};
	auto_close int fd = openat(staging->fd, parts->config_file.name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, "cannot open the config");
	memcpy(descriptor.hex, parts->config_hex, DIGEST_HEX_SIZE);
	return build_place_put_blob(place, &descriptor, fd, err);
}

static int put_documents(struct exporting *exporting, const struct staging *staging,
			 struct build_place *place, struct error *err)
{
	auto_image_parts struct image_parts parts = {
		.layers = exporting->blobs,
		.layer_count = exporting->blob_count,
	};
	auto_json json *config = make_config(exporting);

	parts.document = config;
	image_parts_format(&parts);
	if (image_parts_stage(&parts, staging, err) < 0 ||
	    put_config(place, staging, &parts, err) < 0)
		return -1;
	return build_place_put_manifest(place, &parts.manifest, err);
}

static int save(struct exporting *exporting, struct build_place *place, struct error *err)
{
	auto_staging struct staging staging = STAGING_CLOSED;

	if (staging_open(&staging, exporting->layout, err) < 0)
		return -1;
	for (size_t i = 0; i < exporting->index.layer_count; i++)
		if (put_layer(exporting, &staging, place, exporting->index.layers + i, err) < 0)
			return -1;
	return put_documents(exporting, &staging, place, err);
}

int build_exchange_save(const struct layout *layout, const struct build_place_wish *wish,
			const struct build_exchange_stacks *stacks, struct error *err)
{
	auto_arena struct arena arena = {0};
	auto_build_place struct build_place place = BUILD_PLACE_CLOSED;
	struct build_place_wish written = *wish;
	struct exporting exporting = {.layout = layout, .arena = &arena};
	int result;

	written.is_written = true;
	for (size_t i = 0; i < stacks->count; i++)
		add_stack(&exporting, stacks->items + i);
	result = add_records(&exporting, err) < 0 || build_place_open(&place, &written, err) < 0 ||
				 save(&exporting, &place, err) < 0
			 ? -1
			 : 0;
	map_release(&exporting.known);
	return result;
}

int build_exchange_mark(const struct layout *layout, const struct build_exchange_stack *image,
			json *document, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct exporting exporting = {.layout = layout, .arena = &arena};
	int result;

	add_stack(&exporting, image);
	for (size_t i = 0; i < image->count; i++)
		exporting.index.layers[i].blob = (int64_t)i;
	result = add_records(&exporting, err);
	if (result == 0)
		json_set(document, BUILD_INDEX, build_index_format(&exporting.index));
	map_release(&exporting.known);
	return result;
}
