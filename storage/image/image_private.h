/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/image_private.h - what the files behind storage/image/image.h share.
 */
#pragma once

#include "storage/image/image.h"
#include "storage/image/image_index.h"

/* Reads manifest and config of an entry into @image; names are not filled in. */
int image_store_read(const struct layout *layout, const json *entry, struct image *image,
		     struct manifest *manifest, struct arena *arena, struct error *err);
/* All images that can be read; names in an array of their own, never NULL. What cannot be read is
 * warned of. */
void image_store_list(const struct image_index *index, struct image **images, size_t *count,
		      struct arena *arena);
/* What a text that a user wrote refers to. */
enum image_match { IMAGE_BY_NAME, IMAGE_BY_DIGEST, IMAGE_BY_ID };
/* Fills @image and how it was found; @entry is the index entry that was named. */
int image_store_find(const struct image_index *index, const char *reference, struct image *image,
		     enum image_match *match, struct arena *arena, struct error *err);
/* For who needs the compressed layers of an image and has got ERROR_NOT_FOUND for one: `image prune
 * --blobs` gives them back. Returns -1. */
int image_store_explain(const char *reference, struct error *err);
