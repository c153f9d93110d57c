/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/layer_tasks.h - the missing layers of one image, each made by a worker process, a
 * few at a time; used by layer_store.c.
 *
 * A task goes from state to state by what its worker says: it unpacks, waits until the layer below
 * is done, finishes. The blob of a remote one comes from the registry's transport through a pipe
 * that only the two of them read and write: not a byte passes through this process.
 */
#pragma once

#include "base/error.h"
#include "storage/image/layer_store.h"
#include "storage/image/layer_worker.h"

#include <sys/types.h>

enum layer_task_state {
	LAYER_TASK_PENDING,
	LAYER_TASK_UNPACKING,
	LAYER_TASK_WAITING,
	LAYER_TASK_FINISHING,
	LAYER_TASK_DONE
};

struct layer_task {
	enum layer_task_state state;
	bool was_there, was_repeated,
		is_fetched; /* it comes from the registry, not from the store */
	int lock_fd;	    /* of its chain id; -1: it was there */
	int socket_fd;	    /* to the worker */
	int pipe_fd;	    /* where the transport writes, until it has been told */
	int transfer;	    /* -1: none */
	pid_t pid;
	int64_t told;	 /* of its progress */
	int64_t resumed; /* what had come of its blob before */
};

struct layer_tasks {
	const struct staging *staging;
	const struct layer_request *request;
	struct layer_task *items;
	struct layer_counters *counters; /* shared with the workers */
};

#define auto_layer_tasks __attribute__((cleanup(layer_tasks_release)))
int layer_tasks_init(struct layer_tasks *tasks, const struct staging *staging,
		     const struct layer_request *request, struct error *err);
/* Until every task is done. */
int layer_tasks_run(struct layer_tasks *tasks, struct error *err);
/* Ends the workers, gives the locks back. */
void layer_tasks_release(struct layer_tasks *tasks);
void layer_tasks_tell(struct layer_tasks *tasks, size_t index, enum layer_step_kind kind);
