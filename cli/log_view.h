/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/log_view.h - the logs of several containers as one stream.
 *
 * What is there is merged by timestamp; following then prints as it comes. One loop waits for the
 * logs (inotify), the containers' states, new containers and signals: nothing polls.
 */
#pragma once

#include "engine/container.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct engine;
struct error;
struct globals;
struct log_view;

struct log_view_options {
	bool no_prefix, no_colour, timestamps;
	int64_t tail;		      /* -1: all */
	struct timespec since, until; /* zero: no bound */
	bool report_exits;	      /* "web-1 exited with code 0" */
	struct timespec exits_since;  /* ends before it are old news; zero: all are when added */
	/* Something is about to be printed; may be NULL. */
	void (*before_output)(void *data);
	void *data;
};

/* Fills since, until and tail ("all" or a number) from options, each of which may be NULL. */
int log_view_parse_bounds(struct log_view_options *options, const char *since, const char *until,
			  const char *tail, struct error *err);

struct log_view *log_view_new(struct engine *engine, const struct globals *globals,
			      const struct log_view_options *options);
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
/* A label that will come: prefixes are as wide from the start. */
void log_view_expect(struct log_view *view, const char *name, const char *project);
/* Prints everything that is there, in the order of time. */
int log_view_print(struct log_view *view, struct error *err);
/* Looks for new containers, prints what there is and tells ends; while following. */
void log_view_look(struct log_view *view);
/* A descriptor of the follower's to wait for too, instead of the one before; -1: none. */
int log_view_watch(struct log_view *view, int fd, struct error *err);

struct log_view_follower {
	/* A container has ended (its output is printed). Returns false to stop following. */
	bool (*exited)(struct log_view *view, const struct container *container, void *data);
	/* Containers may have been added to the project: add them. May be NULL. */
	int (*look)(struct log_view *view, void *data, struct error *err);
	/* SIGINT or SIGTERM came. Returns false to stop following. NULL: signals are not caught */
	bool (*interrupted)(struct log_view *view, int signal, void *data);
	/* Is this end no news (the container was replaced)? May be NULL. */
	bool (*is_expected)(const struct container *container, void *data);
	/* The watched descriptor is readable. Returns false to stop following. */
	bool (*readable)(struct log_view *view, void *data);
	/* Does following go on although nothing is live? Lines of different containers are then
	 * printed in the order of their times as well. May be NULL. */
	bool (*is_waiting)(void *data);
	void *data;
};
/* Returns 0 when none of the containers is live any more, a callback said stop, or `until` has
 * passed. May be called again. */
int log_view_follow(struct log_view *view, const struct log_view_follower *follower,
		    struct error *err);
