/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/build_set.h - door: several builds at once, each by a process of its own.
 *
 * What a build has to say comes to the caller's process as it happens. Children end, and what they
 * have begun is undone, when this process does. When one fails the others are cancelled.
 */
#pragma once

#include "base/error.h"
#include "builder/build.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct build_job {
	const char *label;	      /* for messages: the service; NULL */
	struct build_request request; /* progress and cancel_fd are set here */
	size_t *needs;		      /* indices of jobs that must be done before */
	size_t need_count;
	void *owner; /* the caller's */
	/* afterwards */
	bool is_done, has_failed;
	struct error err;
	char id[72], digest[72]; /* of the image; "" when none was asked for */
	size_t cached, run;
	/* private */
	bool is_begun, is_cancelled;
	pid_t pid;
	int socket_fd;
};

struct build_set {
	struct engine *engine;
	struct build_job *jobs;
	size_t count;
	size_t limit;  /* jobs at once; 0: as many as seems right */
	int cancel_fd; /* when it is readable, everything ends: ECANCELED; 0: none */
	/* Those that it needs are done; may complete its request. -1 with @err fails it. */
	int (*begins)(struct build_job *job, void *data, struct error *err);
	/* @event NULL: nothing has happened for a moment. */
	void (*event)(const struct build_job *job, const struct build_event *event, void *data);
	void (*finished)(const struct build_job *job, void *data);
	void *data;
};

/* -1 with the error of the job that failed first. */
int build_set_run(struct build_set *set, struct error *err);
