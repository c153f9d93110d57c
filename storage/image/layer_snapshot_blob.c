/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/layer_snapshot_blob.c - the second half of storage/image/layer_snapshot.h: the
 * compressed form of a layer.
 */
#include "storage/image/layer_snapshot.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "storage/archive/compress_writer.h"
#include "storage/archive/layer_diff.h"
#include "storage/archive/tar_writer.h"
#include "storage/image/layer_record.h"
#include "storage/image/manifest.h"
#include "storage/overlay_stack.h"
#include "storage/reference.h"

#define TYPE_GZIP MANIFEST_TYPE_LAYER "+gzip"
#define TYPE_ZSTD MANIFEST_TYPE_LAYER "+zstd"

static const char *find_type(int fd)
{
	unsigned char magic[4] = {0};

	if (pread(fd, magic, sizeof(magic), 0) != sizeof(magic))
		return MANIFEST_TYPE_LAYER;
	if (magic[0] == 0x1f && magic[1] == 0x8b)
		return TYPE_GZIP;
	return memcmp(magic, "\x28\xb5\x2f\xfd", 4) == 0 ? TYPE_ZSTD : MANIFEST_TYPE_LAYER;
}

/* Of the types that we write down. */
static const char *known_type(const char *text)
{
	static const char *const types[] = {TYPE_GZIP, TYPE_ZSTD, MANIFEST_TYPE_LAYER};

	for (size_t i = 0; text && i < array_length(types); i++)
		if (strcmp(text, types[i]) == 0)
			return types[i];
	return NULL;
}

/* 2: and the store has it. */
static int find_known(const struct layout *layout, const struct layer_record *record,
		      struct layer_snapshot_blob *blob)
{
	auto_close int fd = -1;

	*blob = (struct layer_snapshot_blob){.size = record->blob_size};
	if (!record->blob || !reference_is_hex(record->blob, 64) || record->blob[64])
		return 0;
	memcpy(blob->hex, record->blob, DIGEST_HEX_SIZE);
	blob->media_type = known_type(record->media_type);
	fd = blob_open(layout, blob->hex, &blob->size, NULL);
	if (fd >= 0)
		blob->media_type = find_type(fd);
	return fd >= 0 ? 2 : blob->size > 0 && blob->media_type;
}

int layer_snapshot_known(const struct layout *layout, const char *chain_id,
			 struct layer_snapshot_blob *blob)
{
	auto_arena struct arena arena = {0};
	struct layer_record record;

	layer_record_load(layout, chain_id, &record, &arena, NULL);
	return find_known(layout, &record, blob) > 0;
}

bool layer_snapshot_has_other(const struct layout *layout, const char *chain_id, const char *hex,
			      struct layer_snapshot_blob *other)
{
	return !blob_exists(layout, hex) && layer_snapshot_known(layout, chain_id, other) &&
	       strcmp(other->hex, hex) != 0;
}

bool layer_snapshot_is_one(const struct layout *layout, const char *chain_id)
{
	auto_arena struct arena arena = {0};
	struct layer_record record;

	return layer_record_load(layout, chain_id, &record, &arena, NULL) && record.is_snapshot;
}

/* ---- made anew ---------------------------------------------------------------------------------
 */

struct packing {
	struct digest plain;
	struct compress_writer *gzip;
	struct blob_writer blob;
};

static int write_blob(void *data, const void *bytes, size_t length, struct error *err)
{
	struct packing *packing = data;

	return blob_write(&packing->blob, bytes, length, err);
}

static int pack(void *data, const void *bytes, size_t length, struct error *err)
{
	struct packing *packing = data;

	digest_add(&packing->plain, bytes, length);
	return compress_writer_add(packing->gzip, bytes, length, err);
}

static int write_tree(struct packing *packing, int fd, bool has_root, struct error *err)
{
	auto_tar_writer struct tar_writer tar;
	struct layer_diff diff = {
		.fd = fd,
		.is_upper = true,
		.is_repeatable = true,
		.has_root = has_root,
	};

	tar_writer_init(&tar, pack, packing);
	tar.has_exact_times = true;
	if (layer_diff_write(&diff, &tar, err) < 0 || tar_writer_finish(&tar, err) < 0)
		return -1;
	return compress_writer_finish(packing->gzip, err);
}

/* It must still be the tree that the record is about. */
static int pack_tree(const struct staging *staging, int fd, const struct layer_record *record,
		     struct blob_file *file, struct error *err)
{
	struct packing packing = {.blob.fd = -1};
	char hex[DIGEST_HEX_SIZE];
	int result;

	if (blob_begin(&packing.blob, staging, file, err) < 0)
		return -1;
	digest_init(&packing.plain);
	packing.gzip = compress_writer_new(write_blob, &packing);
	result = write_tree(&packing, fd, record->has_root, err);
	compress_writer_free(packing.gzip);
	if (result < 0) {
		blob_abandon(&packing.blob);
		return -1;
	}
	blob_finish(&packing.blob);
	digest_finish(&packing.plain, hex);
	if (strcmp(hex, record->diff_id) != 0)
		return error_set(err, ERROR_CONFLICT,
				 "its files are not what they were when it was made: sha256:%.12s",
				 hex);
	return 0;
}

static int make_blob(const struct staging *staging, const char *chain_id,
		     struct layer_record *record, struct layer_snapshot_blob *blob,
		     struct error *err)
{
	auto_close int fd = overlay_stack_open_layer(staging->layout, chain_id, err);

	if (fd < 0)
		return -1;
	if (!record->is_snapshot)
		return error_set(err, ERROR_NOT_FOUND,
				 "its compressed form is not in '%s/images' any more: load or pull "
				 "its image again",
				 staging->layout->root);
	if (pack_tree(staging, fd, record, &blob->file, err) < 0)
		return -1;
	memcpy(blob->hex, blob->file.hex, DIGEST_HEX_SIZE);
	blob->size = blob->file.size;
	blob->media_type = TYPE_GZIP;
	record->blob = blob->hex;
	record->blob_size = blob->size;
	record->media_type = blob->media_type;
	return layer_record_update(staging->layout, chain_id, record, err);
}

int layer_snapshot_blob(const struct staging *staging, const char *chain_id,
			struct layer_snapshot_blob *blob, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct layer_record record;

	if (!layer_record_load(staging->layout, chain_id, &record, &arena, NULL) || !record.diff_id)
		return error_set(err, ERROR_NOT_FOUND, "layer %.12s is not here", chain_id);
	if (find_known(staging->layout, &record, blob) == 2)
		return 0;
	if (make_blob(staging, chain_id, &record, blob, err) < 0)
		return error_wrap(err, "layer %.12s", chain_id);
	return 0;
}

static int gone(const struct layout *layout, const char *hex, struct error *err)
{
	return error_set(err, ERROR_NOT_FOUND, "blob sha256:%s is not in '%s/images'", hex,
			 layout->root);
}

int layer_snapshot_open_blob(const struct layout *layout, const char *chain_id, const char *hex,
			     int64_t *size, struct error *err)
{
	auto_staging struct staging staging = STAGING_CLOSED;
	struct layer_snapshot_blob blob;
	struct error problem = {0};
	int fd = blob_open(layout, hex, size, &problem);

	if (fd >= 0)
		return fd;
	if (problem.code != ERROR_NOT_FOUND)
		return error_pass(err, &problem);
	if (!layer_snapshot_known(layout, chain_id, &blob) || strcmp(blob.hex, hex) != 0)
		return gone(layout, hex, err);
	if (staging_open(&staging, layout, err) < 0 ||
	    layer_snapshot_blob(&staging, chain_id, &blob, err) < 0)
		return -1;
	if (strcmp(blob.hex, hex) != 0 || !*blob.file.name)
		return gone(layout, hex, err);
	*size = blob.size;
	fd = openat(staging.fd, blob.file.name, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? error_errno(err, "cannot open blob sha256:%s", hex) : fd;
}

int layer_snapshot_open_other(const struct layout *layout, const char *chain_id,
			      struct layer_snapshot_blob *blob, struct error *err)
{
	auto_staging struct staging staging = STAGING_CLOSED;
	int fd;

	if (staging_open(&staging, layout, err) < 0 ||
	    layer_snapshot_blob(&staging, chain_id, blob, err) < 0)
		return -1;
	if (!*blob->file.name)
		return blob_open(layout, blob->hex, &blob->size, err);
	fd = openat(staging.fd, blob->file.name, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? error_errno(err, "cannot open blob sha256:%s", blob->hex) : fd;
}
