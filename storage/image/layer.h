/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/layer.h - one layer's tar becomes a directory in the form that overlayfs takes as a
 * lower one: whiteouts are character devices 0:0, opaque directories carry trusted.overlay.opaque.
 *
 * Applying needs nothing of the layers below, so layers are applied in any order or at once.
 * Finishing does: parents that the tar only implied take their owner and mode from below, hard
 * links may have their target there, whiteouts of what is not there are dropped, directory times
 * are set. The directory is private to this process: nobody else can exchange anything in it.
 */
#pragma once

#include "base/arena.h"
#include "base/digest.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "storage/archive/compress.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct error;

/* Against bombs; zero: the default. */
struct layer_limits {
	int64_t bytes;	 /* of the uncompressed stream */
	int64_t entries; /* in the tar */
	int64_t tracked; /* directories, whiteouts and such: what stays in memory */
	int64_t depth;	 /* of directories */
};

#define LAYER_CACHE_SIZE 32

struct layer {
	int fd; /* the directory; the caller's */
	struct layer_limits limits;
	int64_t *progress; /* NULL, or counts bytes of the uncompressed stream */
	/* what layer_apply finds out */
	char diff_id[DIGEST_HEX_SIZE];
	int64_t size; /* bytes of file content */
	int64_t entries;
	/* the rest is this module's; all paths are canonical: relative, without links or dots */
	struct arena arena;
	struct map directories; /* path -> struct layer_directory, times to set */
	struct map whiteouts;	/* path -> NULL */
	struct map opaques;	/* path -> NULL */
	struct map links;  /* path -> target that may be in a lower layer; NULL: not any more */
	bool is_finishing; /* links is being walked */
	unsigned tick;
	struct layer_cached {
		char *path;
		int fd;
		unsigned used;
	} cache[LAYER_CACHE_SIZE];
};

struct layer_directory {
	struct timespec mtime;
	mode_t mode;
	bool is_implied;
};

void layer_init(struct layer *layer, int fd);
void layer_release(struct layer *layer);
/* Reads the blob from @blob_fd to its end. @blob_hex is its digest if it has been verified, else
 * NULL: an uncompressed layer then need not be hashed again. */
int layer_apply(struct layer *layer, int blob_fd, const char *blob_hex, struct error *err);
/* The same from a source. @blob_hex is NULL, or the source has verified it when it ends. Behind the
 * first mebibyte the source may be called by another process (storage/image/layer_stream.h): what
 * it finds out there it tells by failing, or in memory that both share. */
int layer_apply_source(struct layer *layer, compress_source *source, void *data,
		       const char *blob_hex, struct error *err);
/* Does layer_finish need the merged view of the layers below, or only the directory of the next
 * one? */
bool layer_needs_lower(const struct layer *layer);
/* @previous_fd: root directory of the next lower layer, finished; -1: this is the lowest.
 * @lower_fd: an overlay of all lower ones, -1 unless layer_needs_lower. */
int layer_finish(struct layer *layer, int previous_fd, int lower_fd, struct error *err);
