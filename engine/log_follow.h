/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/log_follow.h - door: goes on with what the containers of a log view say and do.
 *
 * One loop waits for the logs (inotify), the containers' states, new containers and signals:
 * nothing polls.
 */
#pragma once

#include "engine/log_view.h"

#include <stdbool.h>

struct log_follow;

/* What whoever follows decides; each may be NULL. */
struct log_follower {
	/* A container has ended (its output has been handed over). Returns false to stop. */
	bool (*exited)(struct log_follow *follow, const struct container *container, void *data);
	/* Containers may have been made or removed: add what is new. */
	int (*look)(struct log_view *view, void *data, struct error *err);
	/* SIGINT or SIGTERM came. Returns false to stop. NULL: signals are not caught */
	bool (*interrupted)(struct log_follow *follow, int signal, void *data);
	/* Is this end no news (the container was replaced)? */
	bool (*is_expected)(const struct container *container, void *data);
	/* The watched descriptor is readable. Returns false to stop. */
	bool (*readable)(struct log_follow *follow, void *data);
	/* Does following go on although nothing is live? Records of different containers are then
	 * in the order of their times as well. */
	bool (*is_waiting)(void *data);
	/* A container that `look` adds and that has not been started yet is waited for, as the
	 * successor of one that is being replaced; it is shown when it starts. */
	bool holds_created;
	void *data;
};

struct log_follow *log_follow_new(struct log_view *view, const struct log_follower *follower);
void log_follow_free(struct log_follow *follow);
/* Returns 0 when none of the containers is live any more, a callback said stop, or `until` has
 * passed. */
int log_follow_run(struct log_follow *follow, struct error *err);
/* For callbacks: looks for new containers, hands over what there is and tells ends. */
void log_follow_look(struct log_follow *follow);
/* A descriptor of the follower's to wait for too, instead of the one before; -1: none. */
int log_follow_watch(struct log_follow *follow, int fd, struct error *err);
