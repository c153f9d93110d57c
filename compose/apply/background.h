/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/background.h - door: work that goes on while this process shows output.
 *
 * A forked child works and says what it does over a socket; this process prints it. The child is in
 * a process group of its own, since the terminal sends Ctrl-C to the whole group of the foreground:
 * what that means for the work is decided here. Should this process be killed, the work is
 * cancelled as well, unless it says otherwise.
 */
#pragma once

#include "base/error.h"
#include "compose/apply/apply.h"

#include <stdbool.h>
#include <sys/types.h>

/* Runs in the child. @apply->cancel_fd is set; zeroing it makes the work outlive its parent. */
typedef int background_work(struct apply *apply, void *data, struct error *err);

struct background {
	pid_t pid; /* 0: none, or it has ended */
	int fd;	   /* poll for POLLIN, then call background_read */
	int result;
	struct error err;
};

/* Signals must be blocked by the caller when they are not to hit the child before it has left the
 * process group. */
int background_begin(struct background *background, const struct apply *apply,
		     background_work *work, void *data, struct error *err);
struct background_reader {
	apply_progress *progress;		   /* NULL: nobody wants to know */
	apply_output *output;			   /* likewise */
	apply_build_progress *builds;		   /* NULL when the request has none, either */
	void (*say)(const char *line, void *data); /* of background_say; NULL: nobody calls it */
	bool (*ask)(const char *question, void *data); /* of background_ask; NULL likewise */
	void *data;
};
/* In the child: a line to say. @data is the data of its struct apply. */
void background_say(const char *line, void *data);
/* In the child: what the reader's ask says; false when nobody is there to ask. */
bool background_ask(const char *question, void *data);
/* Passes on what has come: to the reader, and log lines to base/log. Returns false when the work
 * has ended: result and err say how (ECANCELED: it was told to, or killed). Then call end. */
bool background_read(struct background *background, const struct background_reader *reader);
void background_end(struct background *background);
/* Asks it to begin nothing more. */
void background_cancel(struct background *background);
void background_kill(struct background *background);
