/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/manifest.h - door: the documents of OCI and Docker schema 2: index, manifest,
 * config; pure.
 *
 * Nothing is trusted: digests are parsed before use, a document that could be read as two kinds is
 * refused, counts must agree. Strings live in the caller's arena.
 */
#pragma once

#include "base/digest.h"
#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;
struct image;

#define MANIFEST_TYPE_INDEX    "application/vnd.oci.image.index.v1+json"
#define MANIFEST_TYPE_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define MANIFEST_TYPE_CONFIG   "application/vnd.oci.image.config.v1+json"
#define MANIFEST_TYPE_LAYER    "application/vnd.oci.image.layer.v1.tar"
#define MANIFEST_MOST_LAYERS   500

enum manifest_kind { MANIFEST_INDEX, MANIFEST_IMAGE };

struct descriptor {
	char hex[DIGEST_HEX_SIZE];
	int64_t size;
	const char *media_type; /* "" when it says none */
};

struct manifest {
	struct descriptor config;
	struct descriptor *layers;
	size_t layer_count;
};

struct platform {
	const char *os, *architecture, *variant; /* "" when not given */
};

/* Is this document an index or a manifest? @media_type is what its descriptor claims ("": nothing)
 * and must not contradict. */
int manifest_classify(const json *document, const char *media_type, enum manifest_kind *kind,
		      struct error *err);
int manifest_parse_descriptor(const json *value, struct descriptor *descriptor, struct arena *arena,
			      struct error *err);
int manifest_parse(const json *document, struct manifest *manifest, struct arena *arena,
		   struct error *err);
/* The type of a layer as OCI calls it, for whatever type says of its compression. */
const char *manifest_layer_type(const char *media_type);
/* What a document says of a blob that it refers to. */
json *manifest_make_descriptor(const char *media_type, const char *hex, int64_t size);
/* The layers of a manifest become these, whose types are as OCI calls them; what it says of those
 * whose digest does not change stays. */
void manifest_set_layers(json *document, const struct descriptor *layers, size_t count);

/* The id of a layer with this digest (hex) on top of the chain @parent (NULL: of none). */
void manifest_chain(char chain[DIGEST_HEX_SIZE], const char *parent, const char *diff);
/* The chain ids of a config's rootfs, bottom first, NULL-terminated; diff ids beside them. */
int manifest_parse_rootfs(const json *config, char ***diff_ids, char ***chain_ids, size_t *count,
			  struct arena *arena, struct error *err);

/* The platform of an index entry or of a config. */
void manifest_parse_platform(const json *value, struct platform *platform, struct arena *arena);
void manifest_host_platform(struct platform *platform);
/* "OS/ARCHITECTURE[/VARIANT]", "OS" or "ARCHITECTURE"; NULL or "": this host's. */
void manifest_name_platform(struct platform *platform, const char *text, struct arena *arena);
/* How well an image for @platform suits @host: 0 not at all, more is better. */
int manifest_rate_platform(const struct platform *platform, const struct platform *host);
/* BuildKit's attestations and other entries of an index that are no images. */
bool manifest_is_attestation(const json *descriptor);

/* Fills the fields of @image that come from the config. */
int manifest_parse_config(const json *config, struct image *image, struct arena *arena,
			  struct error *err);
