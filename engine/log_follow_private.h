/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/log_follow_private.h - what log_follow.c (the loop) and log_follow_look.c (one look at all
 * containers) share.
 */
#pragma once

#include "engine/log_follow.h"
#include "engine/log_view_private.h"

struct log_follow {
	struct log_view *view;
	struct log_follower follower;
	int state_fd, directory_fd;
	int extra_fd; /* log_follow_watch */
	struct loop loop;
	bool is_looping, is_cut_short, has_failed;
	struct loop_source state_source, directory_source, look_timer, until_timer, signal_source;
	struct loop_source extra_source, more_timer;
	struct error *err;
};

/* The callback's answer: ends the loop unless @go_on. */
void log_follow_stop_unless(struct log_follow *follow, bool go_on);
/* Lets the sink write what it holds. */
void log_follow_flush(struct log_follow *follow);
/* The state and the log of each container that is not watched yet. */
int log_follow_watch_entries(struct log_follow *follow);
/* Lets the follower add containers, and watches them. */
int log_follow_find_new(struct log_follow *follow);
/* Ends the loop when nothing is live any more, or on an error. */
void log_follow_look_at_all(struct log_follow *follow);
