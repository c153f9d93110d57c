/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/image_assemble.h - door: an image of layers that are in the store, and a config.
 */
#pragma once

#include "base/json.h"
#include "storage/layout.h"

struct arena;
struct error;

struct image_assembly {
	const json *document; /* the whole config; its rootfs.diff_ids are made from @diff_ids */
	char *const *chain_ids, *const *diff_ids; /* bottom first, "sha256:" before diff ids */
	size_t layer_count;			  /* may be 0 */
	char *const *names;			  /* full references, or NULL: it gets none */
	bool is_beside;				  /* the names' images for other platforms stay */
	void (*named)(const char *name, void *data); /* each that is done; NULL */
	void *data;
};
/* Makes blobs where layers have none (layer_snapshot_blob), syncs, and writes the names last, all
 * in one change of index.json. @id, @digest get "sha256:HEX" of config and manifest. */
int image_assemble(const struct layout *layout, const struct image_assembly *assembly, char id[80],
		   char digest[80], struct arena *arena, struct error *err);
/* The same into an archive (OCI and Docker form at once, as image_save) instead of the store. */
int image_assemble_archive(const struct layout *layout, const struct image_assembly *assembly,
			   int fd, struct error *err);
