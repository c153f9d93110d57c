/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/image.h - door: images in ROOT/images, which is a valid OCI image layout at all
 * times.
 *
 * An image is complete when its manifest is in index.json; then all its blobs are there and its
 * layers are unpacked below ROOT/layers/CHAIN-ID (a layer directory without its record does not
 * exist). Reference rules are Docker's: "redis" is docker.io/library/redis:latest.
 */
#pragma once

#include "base/pair.h"

#include "storage/layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;
struct image_document;
struct strbuf;

struct image_healthcheck {
	char **test; /* {"CMD", …}, {"CMD-SHELL", text}, {"NONE"}; NULL: not set */
	int64_t interval_ns, timeout_ns, start_period_ns, start_interval_ns; /* 0: not set */
	int retries;
};

struct image {
	const char *id;	    /* "sha256:…" of the config */
	const char *digest; /* "sha256:…" of the manifest */
	char **names;	    /* full references, NULL-terminated */
	char **origins;	    /* beside names: what its registry had, "sha256:…"; NULL: not asked */
	const char *os, *architecture, *variant, *created, *author;
	int64_t size; /* unpacked bytes of all layers */
	/* config; NULL where the image does not set it */
	char **env, **cmd, **entrypoint, **shell;
	const char *user, *working_dir, *stop_signal;
	char **exposed_ports; /* "80/tcp" */
	char **volumes;	      /* absolute, cleaned */
	struct pair *labels;
	size_t label_count;
	struct image_healthcheck healthcheck;
	char **chain_ids; /* bottom layer first: hex, the names below ROOT/layers */
	size_t layer_count;
};

/* By reference, full or short id (unambiguous prefix of at least 4 digits), or digest.
 * ERROR_NOT_FOUND says what to do (image load). */
int image_find(const struct layout *layout, const char *reference, struct image *image,
	       struct arena *arena, struct error *err);
/* A name may have an image for each of several platforms: the one for the platform, or if there is
 * none any other (see image_is_for). image_find takes this host's. */
struct image_wish {
	const char *reference, *platform; /* "linux/arm64/v8"; NULL and "": this host's */
};
int image_find_for(const struct layout *layout, const struct image_wish *wish, struct image *image,
		   struct arena *arena, struct error *err);
int image_list(const struct layout *layout, struct image **images, size_t *count,
	       struct arena *arena, struct error *err);

/* An oci-archive or docker-archive (plain, gzip, zstd; a pipe is fine) from @fd, or an OCI layout
 * directory at @path (then @fd is -1). Verifies every digest and diff id, unpacks. @loaded gets the
 * names (or ids of unnamed ones), NULL-terminated. Nothing becomes visible unless complete.
 * @progress tells of each layer (its diff id) that is being unpacked; @total is 0 while unknown. */
struct image_load {
	int fd;
	const char *path;     /* beside @fd only for messages */
	const char *name;     /* names an unnamed single image; NULL: as the archive says */
	const char *platform; /* only images for it, "linux/arm64/v8"; NULL: what suits this host */
	/* Files that have to be so, and nothing is loaded where they are not; NULL: any. */
	const struct image_document *expected;
	size_t expected_count;
	/* Of a layer that is unpacked (@total: it is done), or, without one, of more that has been
	 * read; NULL. */
	void (*progress)(const char *layer, int64_t done, int64_t total, void *data);
	void *data;
};
int image_load(const struct layout *layout, const struct image_load *request, char ***loaded,
	       struct arena *arena, struct error *err);
/* Writes one archive with all of @references that both docker load and OCI readers accept. */
int image_save(const struct layout *layout, char *const *references, int fd, struct error *err);
/* One of the archive's documents (index.json, …), which name everything else by digest. */
struct image_document {
	const char *name;
	char hex[65];
};
/* What the archive begins with: entries of the caller's. The documents follow. */
struct tar_writer;
struct image_save_start {
	int (*begin)(struct tar_writer *tar, const struct image_document *documents, size_t count,
		     void *data, struct error *err);
	void *data;
};
int image_save_behind(const struct layout *layout, char *const *references,
		      const struct image_save_start *start, int fd, struct error *err);
int image_tag(const struct layout *layout, const char *source, const char *target,
	      struct error *err);
/* Removes one name; the last name (or @force by id) removes the image, its blobs and its layers
 * unless another image or a container needs them (@in_use: ids of images in use beside those of all
 * containers, NULL-terminated or NULL). A damaged image goes all the same. @report gets lines
 * "Untagged: …" and "Deleted: …". ERROR_CONFLICT. */
int image_remove(const struct layout *layout, const char *reference, bool force,
		 char *const *in_use, struct strbuf *report, struct error *err);
/* Removes what no container uses and has no name. @report gets lines as docker writes them;
 * @reclaimed: bytes. Interrupted downloads go too. */
struct image_prune {
	bool all;   /* named ones too */
	bool blobs; /* give back compressed layers of what is unpacked: save and push need a pull */
	bool (*wants)(const struct image *image, void *data); /* NULL: all that may go */
	void *data;
};
int image_prune(const struct layout *layout, const struct image_prune *request,
		struct strbuf *report, int64_t *reclaimed, struct error *err);
/* Bytes of the files of one of an image's layers; 0 when it is not there. */
int64_t image_layer_size(const struct layout *layout, const char *chain_id);
/* The config document as stored (Docker's `inspect` is built from it by cli). */
int image_read_config(const struct layout *layout, const struct image *image, struct strbuf *out,
		      struct error *err);

/* How far one layer (or config) is on its way from or to a registry. */
enum image_step_kind {
	IMAGE_STEP_EXISTS,   /* nothing to do */
	IMAGE_STEP_PENDING,  /* @total bytes to move, when it is its turn */
	IMAGE_STEP_WAITING,  /* another process is at it */
	IMAGE_STEP_MOVING,   /* @done of @total bytes; a pull unpacks them in the same pass */
	IMAGE_STEP_RETRYING, /* it goes on after it was cut: see why */
	IMAGE_STEP_UNPACKING,
	IMAGE_STEP_UNPACKED, /* pull: waits until the layer below it is done */
	IMAGE_STEP_MOUNTED,  /* push: the registry has taken it from another repository */
	IMAGE_STEP_DONE,
};
struct image_step {
	enum image_step_kind kind;
	const char *blob; /* its digest in hex */
	int64_t done, total;
	int64_t resumed; /* so much of it had come before; 0: nothing */
	bool is_config;	 /* not a layer */
	const char *why; /* RETRYING */
};

/* From a registry. What is complete, or has come with an earlier attempt, is not fetched again.
 * Every digest and diff id is verified; nothing becomes visible unless complete. ERROR_NOT_FOUND,
 * ERROR_DENIED, ERROR_BUSY as in registry/registry.h. */
struct image_pull {
	const char *transport; /* path of the executable */
	const char *reference; /* as a user writes it; with tag and digest, the digest counts */
	const char *platform;  /* "linux/arm64/v8"; NULL: this host's */
	bool blobs;	       /* of layers that are unpacked here already too: for save and push */
	void (*progress)(const struct image_step *step, void *data); /* or NULL */
	void *data;
};
struct image_pulled {
	const char *name;   /* full */
	const char *digest; /* "sha256:…" that the reference led to: of an index if it is one */
	const char *id;
	bool is_new; /* the name means another image than before */
};
int image_pull(const struct layout *layout, const struct image_pull *request,
	       struct image_pulled *pulled, struct arena *arena, struct error *err);
/* Is it for this platform ("linux/arm64/v8", "" and NULL: this host)? */
bool image_is_for(const struct image *image, const char *platform);
/* What the registry said about a name when it was last asked. 0: it never was. */
int image_last_check(const struct layout *layout, const struct image_wish *wish, char digest[72],
		     int64_t *checked_s, struct error *err);
/* What the registry says now: "sha256:…". */
int image_ask_digest(const char *transport, const char *reference, char digest[72],
		     struct error *err);

/* All tags of the repository at its registry. */
struct strvec;
int image_list_tags(const char *transport, const char *reference, struct strvec *tags,
		    struct error *err);

/* To the registry of its name. The manifest goes there as it is stored, so its digest stays. */
struct image_push {
	const char *transport;
	const char *reference;
	void (*progress)(const struct image_step *step, void *data); /* or NULL */
	void *data;
};
struct image_pushed {
	const char *name, *digest;
	int64_t size; /* of the manifest */
};
int image_push(const struct layout *layout, const struct image_push *request,
	       struct image_pushed *pushed, struct arena *arena, struct error *err);
