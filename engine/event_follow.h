/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/event_follow.h - door: what happened, from the journal, and what happens from now on.
 *
 * Sleeps in poll(2) on inotify until somebody writes: containers that nobody asks about cost
 * nothing.
 */
#pragma once

#include "base/json.h"

#include <stdbool.h>
#include <stdint.h>

struct engine;
struct error;

struct event_follow {
	int64_t since_ns; /* since 1970: events from then on that are still known; 0: only new ones
			   */
	int64_t until_ns; /* up to then; 0: for ever */
	/* One event, in the form of Docker's. Returns false to stop. */
	bool (*take)(const json *document, void *data);
	/* Everything there was has been taken, and now we wait; NULL. Returns false to stop. */
	bool (*idle)(void *data);
	int glance_ms; /* idle is called again after so long; 0: when something has happened */
	int reader_fd; /* a socket: stop when nobody reads from it any more; 0: none */
	void *data;
};

/* Until the time or a callback says stop: returns 0. */
int event_follow_run(struct engine *engine, const struct event_follow *follow, struct error *err);
