/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/blob.h - the content-addressed store ROOT/images/blobs/sha256/HEX.
 *
 * A blob is made in a staging directory, hashed on its way, and gets its name here only when its
 * content is complete, verified and on disk. Every HEX given here has passed
 * reference_parse_digest or comes from base/digest.
 */
#pragma once

#include "base/digest.h"
#include "storage/layout.h"
#include "storage/staging.h"

#include <stdbool.h>
#include <stdint.h>

struct error;
struct strbuf;

#define BLOB_DOCUMENT_LIMIT ((size_t)8 << 20) /* manifests, indexes, configs */

/* A blob in the making, or made: a file in a staging directory. */
struct blob_file {
	char name[24];		   /* within the staging directory */
	char hex[DIGEST_HEX_SIZE]; /* known after blob_finish */
	int64_t size;
};

struct blob_writer {
	int fd;
	struct digest hash;
	struct blob_file *file;
};

/* Only a name of its own: for whoever makes the file in another way. */
void blob_reserve(struct blob_file *file);

#define auto_blob_writer __attribute__((cleanup(blob_abandon)))
int blob_begin(struct blob_writer *writer, const struct staging *staging, struct blob_file *file,
	       struct error *err);
int blob_write(struct blob_writer *writer, const void *bytes, size_t length, struct error *err);
/* Fills the digest of the file. */
void blob_finish(struct blob_writer *writer);
void blob_abandon(struct blob_writer *writer);
/* All at once, and synced. */
int blob_stage_bytes(const struct staging *staging, const void *bytes, size_t length,
		     struct blob_file *file, struct error *err);
/* A second name, in staging, for a blob of the store: true if it was there. */
bool blob_stage_existing(const struct staging *staging, const char *hex, struct blob_file *file);
/* The same under a reserved name; ENOENT in errno when the store has none. */
bool blob_stage_as(const struct staging *staging, const char *hex, const char *name);
/* Gives a staged file, whose content is on disk, its name in the store. The caller syncs the
 * directory with blob_sync. */
int blob_commit(const struct staging *staging, const struct blob_file *file, struct error *err);
int blob_sync(const struct layout *layout, struct error *err);

bool blob_exists(const struct layout *layout, const char *hex);
int blob_open(const struct layout *layout, const char *hex, int64_t *size, struct error *err);
/* Reads a document and checks its digest again. */
int blob_read(const struct layout *layout, const char *hex, struct strbuf *out, struct error *err);
int blob_remove(const struct layout *layout, const char *hex, struct error *err);
