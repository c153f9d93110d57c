/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/layer_blob.h - the compressed bytes of one layer on their way into its worker.
 *
 * First what has arrived already (ROOT/partial), then what comes out of a pipe, which is appended
 * to the file. All of it is hashed; at the end the digest must be right. One pass: the caller
 * inflates and unpacks each chunk at once, so nothing that it makes counts before the end.
 */
#pragma once

#include "base/digest.h"
#include "storage/image/layer_store.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct error;

struct layer_blob {
	const struct staging *staging;
	const struct layer_job *job;
	int fd;	     /* the file; locked until it is complete */
	int pipe_fd; /* the caller's */
	int64_t have, at;
	int64_t *counter; /* NULL, or counts bytes of the blob */
	bool is_stored;	  /* it was in the store */
	bool is_cut;	  /* the pipe ended too early: what has come is good, as far as it goes */
	bool is_complete;
	struct digest hash;
};

#define auto_layer_blob __attribute__((cleanup(layer_blob_close)))
/* Finds the blob in the store, or opens its beginning and waits for its lock; gives it the name
 * job->blob_name in staging. blob->have says from where on the pipe is needed: not at all when it
 * is job->blob_size. */
int layer_blob_open(struct layer_blob *blob, const struct staging *staging,
		    const struct layer_job *job, struct error *err);
void layer_blob_close(struct layer_blob *blob);
/* A compress_source; @data is the struct layer_blob. */
ssize_t layer_blob_read(void *data, void *bytes, size_t size, struct error *err);
/* After a failure: keeps what a later attempt can go on from, and nothing else, not even a damaged
 * blob of the store. True: the failure was over what had been there before, so it is worth another
 * attempt without it. */
bool layer_blob_settle(struct layer_blob *blob, const struct error *reason);
