/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/build_cache/build_exchange.c - the reading half of storage/build_cache/build_exchange.h.
 */
#include "storage/build_cache/build_exchange.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "storage/build_cache/build_index.h"
#include "storage/image/blob.h"
#include "storage/image/layer_record.h"
#include "storage/image/layer_store.h"
#include "storage/store_lock.h"

struct build_exchange {
	const struct layout *layout;
	struct arena arena;
	struct build_place_wish wish; /* to be opened again: by a process of its own, too */
	struct manifest manifest;
	struct build_index index;
	struct map records; /* key -> struct build_record */
};

/* ---- what there is -----------------------------------------------------------------------------
 */

static json *read_config(struct build_place *place, const struct descriptor *descriptor,
			 struct error *err)
{
	auto_close int fd = memfd_create("config", MFD_CLOEXEC);
	auto_strbuf struct strbuf text = {0};
	char path[40];

	if (descriptor->size > (int64_t)BLOB_DOCUMENT_LIMIT) {
		error_set(err, ERROR_INVALID, "its config is too large");
		return NULL;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd < 0) {
		error_errno(err, "cannot make a file in memory");
		return NULL;
	}
	if (build_place_get_blob(place, descriptor, fd, err) < 0 ||
	    file_read(AT_FDCWD, path, BLOB_DOCUMENT_LIMIT, &text, err) < 0)
		return NULL;
	return json_parse(strbuf_text(&text), text.length, "the config", err);
}

static int read_index(struct build_exchange *exchange, struct build_place *place, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	auto_json json *document = NULL;
	auto_json json *config = NULL;

	if (build_place_get_manifest(place, &text, err) < 0)
		return -1;
	document = json_parse(strbuf_text(&text), text.length, "the manifest", err);
	if (!document || manifest_parse(document, &exchange->manifest, &exchange->arena, err) < 0)
		return -1;
	config = read_config(place, &exchange->manifest.config, err);
	if (!config || build_index_parse(&exchange->index, json_get(config, BUILD_INDEX),
					 &exchange->arena, err) < 0)
		return -1;
	if (exchange->index.record_count == 0)
		return error_set(err, ERROR_NOT_FOUND, "it has no build cache in it");
	for (size_t i = 0; i < exchange->index.record_count; i++)
		map_set(&exchange->records, exchange->index.records[i].key,
			exchange->index.records + i);
	return 0;
}

int build_exchange_open(struct build_exchange **exchange, const struct layout *layout,
			const struct build_place_wish *wish, struct error *err)
{
	struct build_exchange *made = alloc_zeroed(1, sizeof(*made));
	auto_build_place struct build_place place = BUILD_PLACE_CLOSED;

	made->layout = layout;
	made->wish = *wish;
	if (build_place_open(&place, wish, err) < 0 || read_index(made, &place, err) < 0) {
		build_exchange_close(made);
		return -1;
	}
	*exchange = made;
	return 0;
}

void build_exchange_close(struct build_exchange *exchange)
{
	if (!exchange)
		return;
	map_release(&exchange->records);
	arena_release(&exchange->arena);
	free(exchange);
}

/* ---- bringing it here --------------------------------------------------------------------------
 */

struct fetching {
	struct build_exchange *exchange;
	struct arena arena;
	struct staging staging;
	struct build_place place;
	struct build_record record;
	const struct build_index_layer **layers; /* beside the record's */
	struct layer_job *jobs;
	struct blob_file *files;
	int store_lock_fd;
};

static void release(struct fetching *fetching)
{
	build_place_close(&fetching->place);
	staging_close(&fetching->staging);
	cleanup_close(&fetching->store_lock_fd);
	arena_release(&fetching->arena);
}

/* From the uppermost down. False: a layer is neither here nor there. */
static bool list_layers(struct fetching *fetching, int64_t top)
{
	const struct build_exchange *exchange = fetching->exchange;
	size_t at = fetching->record.layer_count;

	fetching->layers = arena_array(&fetching->arena, at, sizeof(*fetching->layers));
	for (; top >= 0; top = exchange->index.layers[top].parent) {
		const struct build_index_layer *layer = exchange->index.layers + top;

		fetching->layers[--at] = layer;
		if (!layer_store_has(exchange->layout, layer->chain_id) &&
		    (layer->blob < 0 || layer->blob >= (int64_t)exchange->manifest.layer_count))
			return false;
	}
	return true;
}

static int get_layer(struct fetching *fetching, size_t i, struct error *err)
{
	const struct build_exchange *exchange = fetching->exchange;
	const struct build_index_layer *layer = fetching->layers[i];
	const struct descriptor *blob = exchange->manifest.layers + layer->blob;
	struct blob_file *file = fetching->files + i;
	auto_close int fd = -1;

	fetching->jobs[i] =
		(struct layer_job){.chain_id = layer->chain_id, .diff_id = layer->diff_id};
	if (layer_store_has(exchange->layout, layer->chain_id))
		return 0;
	blob_reserve(file);
	fetching->jobs[i].blob_hex = blob->hex;
	fetching->jobs[i].blob_name = file->name;
	fetching->jobs[i].blob_size = file->size = blob->size;
	memcpy(file->hex, blob->hex, DIGEST_HEX_SIZE);
	fd = openat(fetching->staging.fd, file->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_errno(err, "cannot create a file in staging");
	if (fetching->place.fd < 0 && !fetching->place.registry &&
	    build_place_open(&fetching->place, &exchange->wish, err) < 0)
		return -1;
	return build_place_get_blob(&fetching->place, blob, fd, err);
}

static int unpack(struct fetching *fetching, struct error *err)
{
	size_t count = fetching->record.layer_count;
	struct layer_request request = {.count = count, .store_lock_fd = &fetching->store_lock_fd};

	fetching->jobs = arena_array(&fetching->arena, count, sizeof(*fetching->jobs));
	fetching->files = arena_array(&fetching->arena, count, sizeof(*fetching->files));
	request.jobs = fetching->jobs;
	for (size_t i = 0; i < count; i++)
		if (get_layer(fetching, i, err) < 0)
			return -1;
	return layer_store_provide(&fetching->staging, &request, err);
}

/* As if a build had made it here: its blob can be made of it again, with the digest it came with.
 */
static int note_layer(struct fetching *fetching, size_t i, struct error *err)
{
	const struct layout *layout = fetching->exchange->layout;
	const char *chain_id = fetching->layers[i]->chain_id;
	struct layer_record record;

	if (!*fetching->files[i].name ||
	    !layer_record_load(layout, chain_id, &record, &fetching->arena, NULL))
		return 0;
	record.is_snapshot = fetching->layers[i]->is_snapshot;
	record.has_root = fetching->layers[i]->has_root;
	record.blob_size = fetching->files[i].size;
	record.media_type = manifest_layer_type(
		fetching->exchange->manifest.layers[fetching->layers[i]->blob].media_type);
	if (layer_record_update(layout, chain_id, &record, err) < 0)
		return -1;
	return blob_commit(&fetching->staging, &fetching->files[i], err);
}

static int put(struct fetching *fetching, struct error *err)
{
	const struct layout *layout = fetching->exchange->layout;

	if (fetching->store_lock_fd < 0)
		fetching->store_lock_fd = store_lock_share(layout, err);
	if (fetching->store_lock_fd < 0)
		return -1;
	for (size_t i = 0; i < fetching->record.layer_count; i++)
		if (!layer_store_has(layout, fetching->record.chain_ids[i]))
			return 0; /* collected meanwhile */
	for (size_t i = 0; i < fetching->record.layer_count; i++)
		if (note_layer(fetching, i, err) < 0)
			return -1;
	if (fetching->record.layer_count)
		fetching->record.size = layer_store_size(
			layout, fetching->record.chain_ids[fetching->record.layer_count - 1]);
	return build_cache_put(layout, &fetching->record, err) < 0 ? -1 : 1;
}

int build_exchange_fetch(struct build_exchange *exchange, const char *key, struct error *err)
{
	struct fetching fetching __attribute__((cleanup(release))) = {
		.exchange = exchange,
		.staging = STAGING_CLOSED,
		.place = BUILD_PLACE_CLOSED,
		.store_lock_fd = -1,
	};
	const struct build_record *record = map_get(&exchange->records, key);
	int64_t top;

	if (!record)
		return 0;
	top = exchange->index.tops[record - exchange->index.records];
	fetching.record = *record;
	build_index_stack(&exchange->index, top, &fetching.record, &fetching.arena);
	if (!list_layers(&fetching, top))
		return 0;
	if (staging_open(&fetching.staging, exchange->layout, err) < 0 ||
	    unpack(&fetching, err) < 0)
		return -1;
	return put(&fetching, err);
}
