/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/layer_store.h - unpacked layers: ROOT/layers/CHAIN-ID/{diff/, layer.json}.
 *
 * A directory gets its name when it is complete and on disk, its record within it: so either the
 * whole layer is there or nothing. Missing layers of one image are unpacked side by side, each by a
 * worker process of its own.
 */
#pragma once

#include "storage/layout.h"
#include "storage/staging.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct registry;

/* One layer of an image, to be there when layer_store_provide returns. */
struct layer_job {
	const char *chain_id, *diff_id, *blob_hex;
	const char *blob_name; /* the staged blob; when it is remote: a reserved name for it */
	int64_t blob_size;
	bool is_remote; /* fetched when the layer is missing and the blob not in the store */
};

/* How far one layer is. */
enum layer_step_kind {
	LAYER_STEP_THERE,
	LAYER_STEP_PENDING,
	LAYER_STEP_WAITING, /* for another process that makes it */
	LAYER_STEP_FETCHING,
	LAYER_STEP_RETRYING, /* as FETCHING, after it was cut: see why */
	LAYER_STEP_UNPACKING,
	LAYER_STEP_UNPACKED, /* waits for the layer below */
	LAYER_STEP_DONE
};
struct layer_step {
	enum layer_step_kind kind;
	const struct layer_job *job;
	int64_t done, total; /* bytes; total 0: unknown */
	int64_t resumed;     /* FETCHING: so much had come before */
	const char *why;     /* RETRYING */
};

/* What an unpacking is about beside its jobs. */
struct layer_request {
	const struct layer_job *jobs; /* all layers of an image, bottom first */
	size_t count;
	struct registry *registry; /* for remote ones; NULL: there are none */
	void (*progress)(const struct layer_step *step, void *data); /* or NULL */
	void *data;
	/* Not NULL: when layers are put into place, the store's shared lock is taken before and
	 * handed over here. */
	int *store_lock_fd;
};

struct layer_progress {
	void (*call)(const char *layer, int64_t done, int64_t total, void *data); /* or NULL */
	void *data;
};

bool layer_store_has(const struct layout *layout, const char *chain_id);
/* Bytes of file content; 0 when it is not there. */
int64_t layer_store_size(const struct layout *layout, const char *chain_id);
/* 1 when something was unpacked (and the file system of ROOT was synced, staging included), 0 when
 * all were there. What was downloaded is staged under the jobs' blob_name then. */
int layer_store_provide(const struct staging *staging, const struct layer_request *request,
			struct error *err);
/* The same for staged blobs alone. @progress tells of unpacked bytes. */
int layer_store_unpack(const struct staging *staging, const struct layer_job *jobs, size_t count,
		       const struct layer_progress *progress, struct error *err);
/* Gives a complete directory of @staging its place among the layers; the caller has the layer's
 * lock. */
int layer_store_place(const struct staging *staging, const char *name, const char *chain_id,
		      struct error *err);
/* Removes through @staging; missing is fine. */
int layer_store_remove(const struct staging *staging, const char *chain_id, struct error *err);
