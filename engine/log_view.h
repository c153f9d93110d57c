/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/log_view.h - door: the logs of several containers as one stream of records.
 *
 * What is there is merged by timestamp; engine/log_follow.h goes on with what comes. Nothing here
 * prints: records, and the ends of runs, go to a sink.
 */
#pragma once

#include "engine/container.h"
#include "engine/logs/logfile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct engine;
struct error;
struct log_view;

enum log_view_end {
	LOG_VIEW_OVER,	     /* it has not run for as long as anybody looks */
	LOG_VIEW_EXITED,     /* now */
	LOG_VIEW_RESTARTING, /* and runs again */
};

struct log_view_sink {
	/* The output of @container is shown from now on. What is returned comes with it. */
	void *(*begin)(const struct container *container, void *data);
	/* The record is good during the call only; its text may contain any byte. */
	void (*record)(void *source, const struct log_record *record, void *data);
	/* A run is over and all of its output has been handed over. */
	void (*end)(void *source, const struct container *container, enum log_view_end how,
		    void *data);
	/* That is all for now. Returns false when nothing more is wanted: following ends. */
	bool (*flush)(void *data);
	void *data;
};

struct log_view_options {
	int64_t tail;		      /* -1: all */
	struct timespec since, until; /* zero: no bound */
	struct timespec exits_since;  /* ends before it are old news; zero: all are when added */
};

struct log_view *log_view_new(struct engine *engine, const struct log_view_options *options,
			      const struct log_view_sink *sink);
void log_view_free(struct log_view *view);

enum log_view_role {
	LOG_VIEW_BOTH,
	LOG_VIEW_SHOWN,	  /* following goes on without it */
	LOG_VIEW_AWAITED, /* not shown: only its exit counts */
};
/* Adds a container, of which it keeps a copy. Known already is fine. */
int log_view_add(struct log_view *view, const struct container *container, enum log_view_role role,
		 struct error *err);
size_t log_view_count(const struct log_view *view);
/* Hands over everything that is there, in the order of time. */
int log_view_show(struct log_view *view, struct error *err);
