/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/logs/log_merge.h - several logs as one stream, in the order of their times.
 */
#pragma once

#include "engine/logs/logfile.h"

#include <stdbool.h>
#include <stddef.h>

struct log_feed {
	struct log_reader *reader; /* NULL: silent; owned by whoever opened it */
	struct log_record next;	   /* read already, and good until the reader is asked again */
	bool has_next;
	void *data; /* whose log it is */
};

typedef void log_merge_take(struct log_feed *feed, const struct log_record *record, void *data);

struct log_merge {
	struct log_feed **feeds;
	size_t count;
	log_merge_take *take; /* gets every record */
	void *data;
};

/* Keeps the pointer. */
void log_merge_add(struct log_merge *merge, struct log_feed *feed);
void log_merge_release(struct log_merge *merge);
/* Hands over what there is of all feeds, the earliest first, but at most @limit records (0: all).
 * Returns 1 when there are more. */
int log_merge_run(struct log_merge *merge, size_t limit, struct error *err);
/* The same of one feed alone. */
int log_merge_drain(struct log_merge *merge, struct log_feed *feed, size_t limit,
		    struct error *err);
