/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/watching.h - `develop.watch` beside what else a command does: of `watch`, and of an attached
 * `up`.
 *
 * Files are followed in this process, what has to be done is done in the background. The project's
 * lock is held only by that, and only while containers are made or stopped.
 */
#pragma once

#include "base/loop.h"
#include "compose/apply/background.h"

struct invocation;
struct watch;

struct watching {
	struct invocation *invocation;
	struct loop *loop;
	const struct background_reader *reader; /* with say */
	/* Watching has ended by itself. */
	void (*failed)(const struct error *err, void *data);
	void *data;
	bool prunes, no_build, is_quiet;
	/* the rest is this module's */
	struct watch *watch; /* NULL: nothing is watched */
	struct background worker;
	struct loop_source changes, working;
	bool acts, is_first;
	bool begins_later; /* what was cancelled has not ended yet */
};

/* Nothing is missed from then on, and nothing done yet. */
int watching_open(struct watching *watching, struct error *err);
/* Does what there is to do, also for what has changed since it was opened, and says "Watch
 * enabled". */
void watching_begin(struct watching *watching);
/* Says "Watch disabled"; what is being done is cancelled. */
void watching_end(struct watching *watching);
/* Is something being done? */
bool watching_is_busy(const struct watching *watching);
/* For the end of the command: waits for what has been cancelled. */
void watching_release(struct watching *watching);
