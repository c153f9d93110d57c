/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/load_image.h - which images a source holds: OCI layouts and docker archives.
 */
#pragma once

#include "base/strvec.h"
#include "storage/image/load_source.h"
#include "storage/image/manifest.h"

/* One image found; its blobs are staged. */
struct load_image {
	struct blob_file *manifest_file, *config_file;
	struct blob_file **layer_files;
	char **diff_ids, **chain_ids;
	size_t layer_count;
	struct platform platform;
	char **names; /* full references */
	size_t name_count;
	bool is_generated; /* the manifest was made here: another one for this config will do */
};

struct load_images {
	struct load_source *source;
	struct arena *arena;
	struct platform wanted; /* of several images for one name the one that suits it */
	bool is_strict;		/* others are an error, not only warned of */
	struct load_image *items;
	size_t count;
};

/* Finds all for the platform that is wanted. ERROR_INVALID when the source is neither kind. */
int load_images_find(struct load_images *images, struct error *err);
void load_image_add_name(struct load_images *images, struct load_image *image, const char *full);

/* The images of index.json. */
int load_oci_find(struct load_images *images, const struct blob_file *file, struct error *err);
/* By storage/image/load_docker.c: the images of manifest.json, as images of their own or, when the
 * OCI side has been read, as more names for those. */
int load_docker_find(struct load_images *images, const struct blob_file *file, struct error *err);
/* The config of @image is staged: fills in chain ids and platform, checks the layers' number. */
int load_image_read_config(struct load_images *images, struct load_image *image, struct error *err);
/* A staged document; @what names it for the message. NULL with @err. */
json *load_image_read_json(struct load_images *images, const struct blob_file *file,
			   const char *what, struct error *err);
