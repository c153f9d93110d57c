/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/layer_snapshot.h - door: the upper directory of an overlay becomes a layer, in
 * place: nothing is unpacked again.
 */
#pragma once

#include "base/digest.h"
#include "storage/staging.h"

#include <stdint.h>
#include <time.h>

struct error;

struct layer_snapshot {
	const struct staging *staging;
	const char *directory;	  /* below staging: upper/ in it is the layer, its mount is gone */
	const char *parent_chain; /* hex of the layer below; NULL: it is the lowest */
	const struct timespec *latest; /* times later than this become this; NULL */
	/* what it makes */
	char diff_id[DIGEST_HEX_SIZE], chain_id[DIGEST_HEX_SIZE]; /* hex */
	int64_t size;						  /* bytes of file content */
	int store_lock_fd; /* shared, taken before the layer got its place; the caller closes it
			    * when something refers to the layer */
};
/* One that is there already is left as it is. Not synced: image_assemble does. */
int layer_snapshot_commit(struct layer_snapshot *snapshot, struct error *err);

/* The layer's blob, as image manifests need it, made of its tree when the store has none:
 * compressed, with the same bytes each time. The tree must still have the digest @diff_id. */
struct layer_snapshot_blob {
	char hex[DIGEST_HEX_SIZE];
	int64_t size;
	const char *media_type;
};
int layer_snapshot_blob(const struct staging *staging, const char *chain_id, const char *diff_id,
			struct layer_snapshot_blob *blob, struct error *err);
