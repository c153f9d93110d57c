/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/layer_worker.h - the process that unpacks one layer into staging/CHAIN-ID.
 *
 * It says when it has unpacked, waits for one byte (the layer below is finished), finishes, says so
 * and leaves. It dies with its parent.
 */
#pragma once

#include "base/error.h"
#include "storage/layer_store.h"

struct layer_worker {
	const struct staging *staging;
	const struct layer_job *jobs; /* of all layers */
	size_t index;		      /* of its own */
	int socket_fd;
	int64_t *counter; /* bytes done, shared with the parent */
};

struct layer_message {
	struct error err;
	bool has_failed;
};

void layer_worker_run(const struct layer_worker *worker) __attribute__((noreturn));
