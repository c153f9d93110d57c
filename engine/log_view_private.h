/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/log_view_private.h - what log_lives.c (starts and ends), log_view.c (containers, merged
 * output) and log_follow*.c (the loop) share.
 */
#pragma once

#include "base/arena.h"
#include "base/loop.h"
#include "engine/log_view.h"
#include "engine/logs/log_merge.h"

/* Records in one go: leaves time for signals. */
#define LOG_VIEW_BATCH 1000

struct log_follow;

struct log_view_entry {
	struct log_view *view;
	struct container container;
	struct arena arena; /* of the container as it was read last */
	struct arena labels;
	struct log_feed feed; /* without a reader: not shown, or not yet */
	void *source;	      /* the sink's; NULL as long as it is not shown */
	int container_fd;
	struct loop_source readable;
	bool is_watched, was_live, is_awaited;
	bool is_coming;	       /* not started yet: shown, under the name it has then, when it is */
	struct timespec ended; /* the last end that is known */
};

struct log_view {
	struct engine *engine;
	struct log_view_options options;
	struct log_view_sink sink;
	struct log_merge merge;
	struct log_view_entry **entries;
	size_t count;
	struct log_follow *follow;
	bool holds_created; /* what is added now and has never been started is coming */
};

/* From now on the output is handed over. */
int log_view_begin(struct log_view_entry *entry, struct error *err);
/* Tells the sink. */
void log_view_end(struct log_view_entry *entry, enum log_view_end how);

enum log_lives_news {
	LOG_LIVES_NOTHING,
	LOG_LIVES_BUSY, /* there is more output: look again after it */
	LOG_LIVES_STARTED,
	LOG_LIVES_RESTARTED,
	LOG_LIVES_ENDED,
};
/* Reads a container's state, hands its output over, and says what happened since the last look; -1
 * with @err. */
int log_lives_look(struct log_view_entry *entry, struct error *err);
/* The end of the container's last run; zero: none. */
struct timespec log_lives_end(const struct container *container);
