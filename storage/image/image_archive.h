/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/image_archive.h - images as one archive: an OCI layout with docker's manifest.json
 * beside it, which points into the same blobs.
 *
 * Order and times are fixed, so the same images give the same bytes. Blobs are held by descriptors
 * from the beginning, so that nothing can take them away.
 */
#pragma once

#include "base/arena.h"
#include "base/map.h"
#include "storage/image/manifest.h"

struct error;
struct layout;

/* One image and the names it is saved under. */
struct archived_image {
	struct descriptor manifest, config;
	const struct descriptor *layers;
	size_t layer_count;
	const char *os, *architecture, *variant;
	char **names; /* full references; NULL-terminated */
	size_t name_count;
};

struct image_archive {
	struct arena arena;
	struct map blobs; /* hex -> struct archived_blob */
	struct archived_image **images;
	size_t count;
};

#define auto_image_archive __attribute__((cleanup(image_archive_release)))
void image_archive_release(struct image_archive *archive);
/* A new one, to be filled in; its memory is the archive's. */
struct archived_image *image_archive_add(struct image_archive *archive);
void image_archive_add_name(struct image_archive *archive, struct archived_image *image,
			    const char *name);
bool image_archive_has_blob(const struct image_archive *archive, const char *hex);
int64_t image_archive_blob_size(const struct image_archive *archive, const char *hex);
/* Takes @fd. */
void image_archive_hold(struct image_archive *archive, const char *hex, int fd, int64_t size);
/* Everything that its images refer to is held. @start may be NULL. */
struct image_save_start;
int image_archive_write(const struct image_archive *archive, const struct image_save_start *start,
			int fd, struct error *err);
