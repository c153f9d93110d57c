/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/build_cache/build_index.h - "coracle.cache" of an image's config: records and the layers
 * that they have, as data and as JSON.
 */
#pragma once

#include "base/digest.h"
#include "base/json.h"
#include "storage/build_cache/build_cache.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

#define BUILD_INDEX "coracle.cache"

struct build_index_layer {
	char chain_id[DIGEST_HEX_SIZE], diff_id[DIGEST_HEX_SIZE];
	int64_t parent;		    /* in the list, before this one; -1: none */
	int64_t blob;		    /* among the layers of the manifest; -1: it has none */
	bool is_snapshot, has_root; /* as in storage/image/layer_record.h */
};

struct build_index {
	struct build_index_layer *layers;
	size_t layer_count;
	struct build_record *records; /* without layers; @tops has the uppermost */
	int64_t *tops;		      /* in @layers; -1: no layers */
	size_t record_count;
};

json *build_index_format(const struct build_index *index);
/* ERROR_INVALID: what contradicts itself. NULL or another version: an index without records. */
int build_index_parse(struct build_index *index, const json *value, struct arena *arena,
		      struct error *err);
/* Fills chain_ids, diff_ids and layer_count of a record's copy. */
void build_index_stack(const struct build_index *index, int64_t top, struct build_record *record,
		       struct arena *arena);
