/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/screen/progress.h - what a command does meanwhile, on stderr.
 *
 * A line per object: redrawn in place on a terminal, otherwise one plain line per change of state,
 * or a JSON object per event. Warnings pass through here while lines stand on the screen.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct apply_build_event;
struct apply_event;
struct progress;
struct strbuf;

enum progress_mode { PROGRESS_PLAIN, PROGRESS_TTY, PROGRESS_JSON, PROGRESS_QUIET };

struct progress_options {
	enum progress_mode mode;
	bool has_colour, is_dry_run;
	int fd;
	int build_fd;	       /* where plain lines of builds go */
	const char *operation; /* what is being done: "up" */
};

struct progress *progress_new(const struct progress_options *options);
/* The callback for struct apply; @data is the struct progress. */
void progress_event(const struct apply_event *event, void *data);
/* Shows that time passes, where that can be seen; to be called while something is waited for. */
void progress_tick(void *data);
/* Are lines redrawn, and so ticks of use? */
bool progress_is_live(const struct progress *progress);
/* The same for what builds do. */
void progress_build_event(const struct apply_build_event *event, void *data);
/* Called whenever something is about to be written. */
void progress_set_before(struct progress *progress, void (*before)(void *data), void *data);
/* Another mode than was begun with, before anything was said. */
void progress_set_mode(struct progress *progress, enum progress_mode mode, int build_fd);
/* A line that stays (a warning): above the live lines. */
void progress_say(struct progress *progress, const char *line);
/* Leaves the final state on the screen. Later events start a new block. */
void progress_finish(struct progress *progress);
/* Takes the live lines off the screen, for other output; the next event shows them again. */
void progress_hide(struct progress *progress);
/* Other output follows: what is there stays, and from now on lines are plain. */
void progress_make_plain(struct progress *progress);
void progress_free(struct progress *progress);

/* stderr, or stdout when COMPOSE_STATUS_STDOUT is set. */
int progress_fd(void);
/* What plain and json print for one event; for tests. */
void progress_format_plain(struct strbuf *out, const struct apply_event *event, bool is_dry_run);
void progress_format_json(struct strbuf *out, const struct apply_event *event, bool is_dry_run);
/* "coracle: MESSAGE" or a JSON object with "error", as the mode asks; with a newline. */
void progress_format_error(struct strbuf *out, enum progress_mode mode, const char *message);
