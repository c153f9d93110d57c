/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/layer_store.h - unpacked layers: ROOT/layers/CHAIN-ID/{diff/, layer.json}.
 *
 * A directory gets its name when it is complete and on disk, its record within it: so either the
 * whole layer is there or nothing. Missing layers of one image are unpacked side by side, each by a
 * worker process of its own.
 */
#pragma once

#include "storage/layout.h"
#include "storage/staging.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

/* One layer of an image, to be there when layer_store_unpack returns. */
struct layer_job {
	const char *chain_id, *diff_id, *blob_hex;
	const char *blob_name; /* the staged blob */
	int64_t blob_size;
};

struct layer_progress {
	void (*call)(const char *layer, int64_t done, int64_t total, void *data); /* or NULL */
	void *data;
};

bool layer_store_has(const struct layout *layout, const char *chain_id);
/* Bytes of file content; 0 when it is not there. */
int64_t layer_store_size(const struct layout *layout, const char *chain_id);
/* @jobs: all layers of an image, bottom first. 1 when something was unpacked (and the file system
 * of ROOT was synced, staging included), 0 when all were there. */
int layer_store_unpack(const struct staging *staging, const struct layer_job *jobs, size_t count,
		       const struct layer_progress *progress, struct error *err);
/* Removes through @staging; missing is fine. */
int layer_store_remove(const struct staging *staging, const char *chain_id, struct error *err);
