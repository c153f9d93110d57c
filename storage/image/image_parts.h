/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/image_parts.h - the two documents of a new image, from its config and its layers.
 */
#pragma once

#include "base/json.h"
#include "base/strbuf.h"
#include "storage/image/blob.h"
#include "storage/image/image_index.h"
#include "storage/image/manifest.h"

struct arena;
struct error;

struct image_parts {
	const json *document; /* the config */
	const struct descriptor *layers;
	size_t layer_count;
	/* what image_parts_format makes */
	struct strbuf config, manifest;
	char config_hex[DIGEST_HEX_SIZE], manifest_hex[DIGEST_HEX_SIZE];
	/* what image_parts_stage makes */
	struct blob_file config_file, manifest_file;
};

#define auto_image_parts __attribute__((cleanup(image_parts_release)))
void image_parts_release(struct image_parts *parts);
void image_parts_format(struct image_parts *parts);
/* Not synced. */
int image_parts_stage(struct image_parts *parts, const struct staging *staging, struct error *err);
/* Gives both their places; what leads to them follows in the index. */
int image_parts_commit(const struct image_parts *parts, const struct staging *staging,
		       struct error *err);
/* Its entry in the index, but for the name. */
struct image_index_entry image_parts_entry(const struct image_parts *parts, struct arena *arena);
