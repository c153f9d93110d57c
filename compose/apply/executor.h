/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/executor.h - begins something for many containers, each as soon as it may, and
 * waits for all of it: a graph whose edges are the answers of ready().
 */
#pragma once

#include "base/error.h"
#include "compose/apply/background.h"
#include "engine/container.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum executor_state {
	EXECUTOR_PENDING,
	EXECUTOR_RUNNING,
	EXECUTOR_LEFT, /* it goes on, and nobody waits for it any more */
	EXECUTOR_DONE,
	EXECUTOR_FAILED,
};

/* What one that has begun does: hooks, in a process of their own, before and after its task. */
enum executor_step { EXECUTOR_PRE_STOP = 1, EXECUTOR_TASK = 2, EXECUTOR_POST_START = 4 };

struct executor_item {
	struct container *container;	/* its state is kept fresh while others wait for it */
	const void *owner;		/* the caller's, as the next two */
	int hook;			/* pre_start: its place from 1 on; 0: a replica */
	const struct container *before; /* pre_start: the replica that it is for; NULL: all */
	const char *awaited;		/* the caller's: what it was last said to wait for */
	enum executor_state state;
	enum executor_step step; /* of a failed one: where */
	struct container_task task;
	struct background hooks;
	struct error err;
};

struct executor {
	const struct apply *apply; /* whose engine, cancel_fd and tick; begun is waited for */
	struct executor_item *items;
	size_t count;
	size_t limit;	     /* how many at once; 0: 16 */
	bool goes_on;	     /* what has begun needs nobody who waits: stops and restarts */
	unsigned hooks;	     /* steps besides the task, of replicas whose service has such hooks */
	int64_t deadline_ns; /* after it nothing more is begun: ERROR_TIMEOUT; 0: none */
	/* 1: may begin, 0: not yet, -1: never (error set). Pending items are asked whenever
	 * something has changed. */
	int (*ready)(struct executor *executor, struct executor_item *item, struct error *err);
	int (*begin)(struct executor *executor, struct executor_item *item, struct error *err);
	/* It begins now, with its first step; NULL: nobody wants to know. */
	void (*announce)(struct executor *executor, struct executor_item *item);
	/* Done or failed: item->state says which, and may be made to say that it failed. */
	void (*finished)(struct executor *executor, struct executor_item *item);
	/* Put before why a task failed, with its container, once that was finished: "cannot start".
	 * NULL: nothing. */
	const char *what_failed;
	/* ready() looks at containers' states, not only at items: they are watched while one waits.
	 */
	bool watches;
	/* Containers beside the items whose state ready() looks at; NULL-terminated. */
	struct container **watched;
	struct arena *arena;
	void *data;
};

/* Returns -1 with the first failure, after everything that could be done has been done. */
int executor_run(struct executor *executor, struct error *err);
