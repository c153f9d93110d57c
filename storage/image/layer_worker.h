/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/layer_worker.h - the process that unpacks one layer into staging/CHAIN-ID.
 *
 * It says from where on it needs the blob, when it has to come from a registry, and when it has
 * unpacked; waits for one byte (the layer below is finished), finishes, says so and leaves. It dies
 * with its parent.
 */
#pragma once

#include "base/error.h"
#include "storage/image/layer_store.h"

#include <sys/types.h>

struct layer_worker {
	const struct staging *staging;
	const struct layer_job *jobs; /* of all layers */
	size_t index;		      /* of its own */
	pid_t parent;
	int socket_fd;
	int pipe_fd; /* the rest of the blob, when it is remote; else -1 */
	struct layer_counters *counters;
};

/* Shared with the parent: bytes so far. */
struct layer_counters {
	int64_t fetched; /* of the blob */
	int64_t unpacked;
};

enum layer_message_kind {
	LAYER_NEEDS_BLOB, /* into the pipe, from offset on */
	LAYER_UNPACKED,
	LAYER_FINISHED,
	LAYER_FAILED,
};

struct layer_message {
	enum layer_message_kind kind;
	int64_t offset;
	bool is_cut;	   /* failed because too little came out of the pipe */
	bool may_be_stale; /* failed over content that had come with an earlier attempt */
	struct error err;
};

void layer_worker_run(const struct layer_worker *worker) __attribute__((noreturn));
