/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/layer_snapshot.h - door: the upper directory of an overlay becomes a layer, in
 * place: nothing is unpacked again.
 */
#pragma once

#include "base/digest.h"
#include "storage/image/blob.h"
#include "storage/staging.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct error;

struct layer_snapshot {
	const struct staging *staging;
	const char *directory;	  /* below staging: upper/ in it is the layer, its mount is gone */
	const char *parent_chain; /* hex of the layer below; NULL: it is the lowest */
	/* Times later than @since (NULL: than @latest) become @latest (NULL: none do). */
	const struct timespec *latest, *since;
	/* what it makes */
	char diff_id[DIGEST_HEX_SIZE], chain_id[DIGEST_HEX_SIZE]; /* hex */
	int64_t size;						  /* bytes of file content */
	int store_lock_fd; /* shared, taken before the layer got its place; the caller closes it
			    * when something refers to the layer */
};
/* One that is there already is left as it is. Not synced: until image_assemble does, the layer does
 * not outlive a crash of the machine (storage/image/layer_settle.h). */
int layer_snapshot_commit(struct layer_snapshot *snapshot, struct error *err);

/* Makes its directory with a copy of another layer, which is to get other times or to lie on
 * others. */
int layer_snapshot_copy(const struct layer_snapshot *snapshot, const char *chain_id,
			struct error *err);

/* The layer's blob, as image manifests need it. When the store has none and the layer was made by
 * layer_snapshot_commit, it is made of its tree: compressed, with the same bytes each time. The
 * tree must still have its digest then. */
struct layer_snapshot_blob {
	char hex[DIGEST_HEX_SIZE];
	int64_t size;
	const char *media_type;
	struct blob_file file; /* staged, for blob_commit; no name: there is none in staging */
};
/* What is known of it, even when the store does not have it (any more). 1; 0: nothing. */
int layer_snapshot_known(const struct layout *layout, const char *chain_id,
			 struct layer_snapshot_blob *blob);
/* The same where the store has not the blob @hex, by which an image calls the layer: then this
 * other one is all that there is of it in compressed form. */
bool layer_snapshot_has_other(const struct layout *layout, const char *chain_id, const char *hex,
			      struct layer_snapshot_blob *other);
/* Was the layer made by layer_snapshot_commit? */
bool layer_snapshot_is_one(const struct layout *layout, const char *chain_id);
/* As layer_snapshot_known, but the store has it, or it is staged now. ERROR_NOT_FOUND: it is to be
 * had nowhere. */
int layer_snapshot_blob(const struct staging *staging, const char *chain_id,
			struct layer_snapshot_blob *blob, struct error *err);
/* Of a layer of an image whose manifest says @hex, for who needs the bytes: the store's, or made
 * again. Returns a descriptor. ERROR_NOT_FOUND: to be had nowhere. */
int layer_snapshot_open_blob(const struct layout *layout, const char *chain_id, const char *hex,
			     int64_t *size, struct error *err);
/* For who has got ERROR_NOT_FOUND for that: the layer came with another image, compressed
 * otherwise, and its blob unpacks to the same. Fills @blob; returns a descriptor. ERROR_NOT_FOUND:
 * there is none either. */
int layer_snapshot_open_other(const struct layout *layout, const char *chain_id,
			      struct layer_snapshot_blob *blob, struct error *err);
