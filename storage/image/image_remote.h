/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/image_remote.h - from a reference in a registry to one image: which manifest, its
 * config.
 *
 * What it leads to is a manifest, or an index (of indexes) from which the best for a platform is
 * chosen. Documents are staged as they came, byte for byte; their digests have been verified.
 */
#pragma once

#include "storage/image/blob.h"
#include "storage/image/manifest.h"

#include <stdbool.h>

struct arena;
struct error;
struct registry;

struct image_remote {
	struct registry *registry;
	const struct staging *staging;
	const char *name;	/* for messages */
	struct platform wanted; /* manifest_name_platform */
	struct arena *arena;
	int asked;	    /* documents so far */
	const char *others; /* platforms that there were images for; NULL: none */
	/* what image_remote_resolve finds */
	char origin_hex[DIGEST_HEX_SIZE];
	struct manifest manifest;
	struct blob_file manifest_file, config_file;
	char **diff_ids, **chain_ids;
	struct platform platform;
};

/* @reference: a tag or "sha256:HEX". ERROR_NOT_FOUND: not there, or not for this platform. */
int image_remote_resolve(struct image_remote *remote, const char *reference, struct error *err);
