/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/log_view_private.h - what log_view.c (containers, merged output) and log_follow.c (the loop)
 * share.
 */
#pragma once

#include "base/arena.h"
#include "base/loop.h"
#include "cli/log_print.h"
#include "cli/log_view.h"

struct view_entry {
	struct log_view *view;
	struct container container;
	struct arena arena; /* of the container as it was read last */
	struct arena labels;
	struct log_source source;
	struct log_reader *reader; /* NULL: silent, or at its end */
	int container_fd;
	struct loop_source readable;
	bool is_watched, was_live, is_awaited;
	struct timespec ended; /* the last end that is known */
	/* the record that is next in the merge */
	struct log_record next;
	char *next_text;
	bool has_next;
};

struct log_view {
	struct engine *engine;
	struct log_view_options options;
	struct log_printer printer;
	struct view_entry **entries;
	size_t count;
	int state_fd, directory_fd;
	struct loop loop;
	bool is_looping, is_cut_short, has_failed;
	int extra_fd; /* log_view_watch */
	struct loop_source state_source, directory_source, look_timer, until_timer, signal_source;
	struct loop_source extra_source, more_timer;
	const struct log_view_follower *follower;
	struct error *err;
};

/* Prints records of all containers in the order of their times, at most @limit (0: no limit).
 * Returns 1 when there are more. */
int log_view_merge(struct log_view *view, size_t limit, struct error *err);
/* The end of the container's last run; zero: none. */
struct timespec log_view_end_of(const struct container *container);
bool log_view_is_earlier(const struct timespec *a, const struct timespec *b);
/* Watches a container's log and state; part of a running loop from then on. */
int log_view_follow_entry(struct view_entry *entry, struct error *err);
