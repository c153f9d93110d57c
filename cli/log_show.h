/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/log_show.h - a log view on our stdout and stderr: prefixes, colours, and the lines that tell
 * ends.
 */
#pragma once

#include "engine/log_view.h"

#include <stdbool.h>

struct apply_output;
struct invocation;
struct log_follower;
struct log_show;

struct log_show_options {
	struct log_view_options bounds;
	bool no_prefix, no_colour, timestamps;
	const char *details;  /* before each line; NULL: nothing */
	bool all_to_stdout;   /* what containers wrote to stderr, too */
	bool report_exits;    /* "web-1 exited with code 0" */
	bool outlives_output; /* following goes on when nothing can be written any more */
	/* Something is about to be printed; may be NULL. */
	void (*before_output)(void *data);
	void (*after_output)(void *data); /* it has been; may be NULL */
	void *data;
};

/* Fills since, until and tail ("all" or a number) from options, each of which may be NULL. */
int log_show_parse_bounds(struct log_view_options *options, const char *since, const char *until,
			  const char *tail, struct error *err);

struct log_show *log_show_new(const struct invocation *invocation,
			      const struct log_show_options *options);
void log_show_free(struct log_show *show);
/* What it shows; add containers to it. */
struct log_view *log_show_view(struct log_show *show);
/* What a container is called in prefixes, as Docker Compose does: without the project's name,
 * unless it has a name of its own. */
const char *log_show_label(const char *name, const char *project);
/* A container that will come: prefixes are as wide from the start. */
void log_show_expect(struct log_show *show, const char *name, const char *project);
/* Has a container of this name been shown? */
bool log_show_knows(const struct log_show *show, const char *name, const char *project);
/* A piece of what a hook in that container writes, under a label of its own; of length 0: it has
 * ended. */
void log_show_hook(struct log_show *show, const struct apply_output *output, const char *project);
/* A line that is no container's. */
void log_show_say(struct log_show *show, const char *text);
/* Prints what there is and, with a follower, goes on. */
int log_show_run(struct log_show *show, const struct log_follower *follower, struct error *err);
/* Prints what there is. -1 also when something before did not get out. */
int log_show_finish(struct log_show *show, struct error *err);
