/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/layer_stream.h - the plain tar of a layer, on its way from compress to the tar
 * reader.
 *
 * It counts and hashes what passes. Behind the first mebibyte of a compressed layer a process of
 * its own inflates and hashes, and hands chunks over in shared memory: writing files, which is work
 * of the kernel, then costs no more time than the longer one of both. It ends with this one.
 */
#pragma once

#include "base/digest.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct compress_reader;
struct error;
struct layer_stream_ring;

struct layer_stream {
	struct compress_reader *reader; /* the caller's */
	int64_t limit;			/* most bytes */
	int64_t *progress;		/* NULL, or counts what has passed */
	bool is_hashed;
	/* the rest is this module's */
	int64_t total;
	struct digest hash;
	bool is_shared, is_alone; /* handed over; not worth it, or not possible */
	bool has_ended;
	struct layer_stream_ring *ring;
	unsigned slot; /* the one that was read last */
	int socket_fd;
	pid_t pid;
};

/* @reader, limit, progress and is_hashed are set by the caller afterwards. */
void layer_stream_init(struct layer_stream *stream);
void layer_stream_release(struct layer_stream *stream);
#define auto_layer_stream __attribute__((cleanup(layer_stream_release)))
/* The next bytes, valid until the next call; 0 at the end. A tarball_source. */
ssize_t layer_stream_read(void *stream, const void **chunk, struct error *err);
/* The digest of all, at the end of a stream that is hashed. */
void layer_stream_finish(struct layer_stream *stream, char hex[DIGEST_HEX_SIZE]);
