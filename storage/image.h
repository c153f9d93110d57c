/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image.h - door: images in ROOT/images, which is a valid OCI image layout at all times.
 *
 * An image is complete when its manifest is in index.json; then all its blobs are there and its
 * layers are unpacked below ROOT/layers/CHAIN-ID (a layer directory without its record does not
 * exist). Reference rules are Docker's: "redis" is docker.io/library/redis:latest.
 */
#pragma once

#include "storage/layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;
struct strbuf;

struct image_pair {
	const char *name, *value;
};

struct image_healthcheck {
	char **test; /* {"CMD", …}, {"CMD-SHELL", text}, {"NONE"}; NULL: not set */
	int64_t interval_ns, timeout_ns, start_period_ns, start_interval_ns; /* 0: not set */
	int retries;
};

struct image {
	const char *id;	    /* "sha256:…" of the config */
	const char *digest; /* "sha256:…" of the manifest */
	char **names;	    /* full references, NULL-terminated */
	const char *os, *architecture, *variant, *created, *author;
	int64_t size; /* unpacked bytes of all layers */
	/* config; NULL where the image does not set it */
	char **env, **cmd, **entrypoint, **shell;
	const char *user, *working_dir, *stop_signal;
	char **exposed_ports; /* "80/tcp" */
	char **volumes;	      /* absolute, cleaned */
	struct image_pair *labels;
	size_t label_count;
	struct image_healthcheck healthcheck;
	char **chain_ids; /* bottom layer first: hex, the names below ROOT/layers */
	size_t layer_count;
};

/* By reference, full or short id (unambiguous prefix of at least 4 digits), or digest.
 * ERROR_NOT_FOUND says what to do (image load). */
int image_find(const struct layout *layout, const char *reference, struct image *image,
	       struct arena *arena, struct error *err);
int image_list(const struct layout *layout, struct image **images, size_t *count,
	       struct arena *arena, struct error *err);

/* An oci-archive or docker-archive (plain, gzip, zstd; a pipe is fine) from @fd, or an OCI layout
 * directory at @path (then @fd is -1). Verifies every digest and diff id, unpacks. @loaded gets the
 * names (or ids of unnamed ones), NULL-terminated. Nothing becomes visible unless complete.
 * @progress tells of each layer (its diff id) that is being unpacked; @total is 0 while unknown. */
struct image_load {
	int fd;
	const char *path;
	const char *name; /* names an unnamed single image; NULL: as the archive says */
	void (*progress)(const char *layer, int64_t done, int64_t total, void *data);
	void *data;
};
int image_load(const struct layout *layout, const struct image_load *request, char ***loaded,
	       struct arena *arena, struct error *err);
/* Writes one archive with all of @references that both docker load and OCI readers accept. */
int image_save(const struct layout *layout, char *const *references, int fd, struct error *err);
int image_tag(const struct layout *layout, const char *source, const char *target,
	      struct error *err);
/* Removes one name; the last name (or @force by id) removes the image, its blobs and its layers
 * unless another image or a container (@in_use: ids of images in use, NULL-terminated) needs them.
 * @report gets lines "Untagged: …" and "Deleted: …". ERROR_CONFLICT. */
int image_remove(const struct layout *layout, const char *reference, bool force,
		 char *const *in_use, struct strbuf *report, struct error *err);
/* The config document as stored (Docker's `inspect` is built from it by cli). */
int image_read_config(const struct layout *layout, const struct image *image, struct strbuf *out,
		      struct error *err);

/* Docker's reference rules. malloc'ed full form "registry/repository:tag" or "…@sha256:…";
 * NULL with ERROR_INVALID. */
char *reference_normalize(const char *text, struct error *err);
/* The short form that Docker shows: "redis:7" for docker.io/library/redis:7. malloc'ed. */
char *reference_familiar(const char *full);
