/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/up_attached_private.h - an attached `up` while it goes on: what its files share.
 */
#pragma once

#include "cli/up_attached.h"
#include "cli/watching.h"

struct log_follow;
struct log_show;
struct log_view;
struct up_menu;

struct attached {
	struct invocation *invocation;
	const struct up_attached *options;
	const struct apply_up *up;
	struct log_show *show;
	struct log_follow *follow;
	struct loop loop; /* what else is waited for */
	struct background_reader reader;
	struct watching watching;
	struct up_menu *menu;
	bool aborts_on_exit;
	bool is_starting, is_stopping, is_interrupted, is_killing;
	bool is_replacing;		     /* for a changed file */
	bool is_leaving;		     /* everything stays as it is */
	bool has_said_attaching, has_failed; /* to start; start_err says why */
	struct background starter, stopper;
	struct loop_source working; /* one of the two */
	struct loop_source ticking; /* while lines are redrawn */
	struct error start_err;
	int code; /* of the container that made us stop, the first one to end */
	struct timespec ended;
};

/* ---- up_shown.c: whose output is shown ---- */

bool up_shown_has(const struct attached *attached, const char *service);
/* Adds what is shown or waited for; a callback of log_follow. */
int up_shown_look(struct log_view *view, void *data, struct error *err);
/* Once: "Attaching to web-1, db-1". */
void up_shown_say(struct attached *attached);
/* Prefixes are as wide as the labels that will come. */
void up_shown_expect(struct attached *attached);
/* Below what is shown, what went wrong. */
void up_shown_error(const struct attached *attached, const struct error *err);

/* ---- up_exits.c: what the end of a container means ---- */

/* Is it what everything is to be stopped for? Of several that are found ended, the one that was
 * first says the code. */
bool up_exits_end_all(struct attached *attached, const struct container *container);
/* The exit code of the command; one that never ran has none. */
int up_exits_code(struct attached *attached, struct error *err);

/* ---- up_extras.c: the menu, and watching ---- */

/* Files are watched from here on, so that no change is missed while services start. */
int up_extras_open(struct attached *attached, struct error *err);
void up_extras_close(struct attached *attached);
