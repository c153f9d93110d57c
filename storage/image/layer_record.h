/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/layer_record.h - layer.json of an unpacked layer: what it came of.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct error;
struct layout;

struct layer_record {
	const char *diff_id;	    /* hex, as all digests here */
	const char *blob;	    /* NULL: a snapshot that no image has needed yet */
	int64_t blob_size;	    /* 0: as large as the blob is */
	const char *media_type;	    /* of the blob; NULL: as it looks */
	const char *parent;	    /* chain id of the layer below; NULL: none */
	int64_t size, entries;	    /* bytes of file content; entries of the tar */
	bool is_snapshot, has_root; /* made by storage/image/layer_snapshot.h; its tar has an entry
				     * of the root */
};

/* @name below @dirfd; not synced. */
int layer_record_save(int dirfd, const char *name, const struct layer_record *record,
		      struct error *err);
/* 1; 0: there is none that can be read, @record is zeroed and @err says why (ENOENT: none). */
int layer_record_load(const struct layout *layout, const char *chain_id,
		      struct layer_record *record, struct arena *arena, struct error *err);
/* Changes one that is there. */
int layer_record_update(const struct layout *layout, const char *chain_id,
			const struct layer_record *record, struct error *err);
