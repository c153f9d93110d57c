/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/watch/watch.h - door: follows the files that `develop.watch` names, and does what it says
 * with those that have changed.
 *
 * What changes is gathered until it is quiet. The work is meant for a forked child, which has a
 * copy of what was gathered: meanwhile this process goes on gathering.
 */
#pragma once

#include <stdbool.h>

struct apply;
struct error;
struct watch;

/* Builds the images of those services that are developed, from what is there now. */
int watch_build(const struct apply *apply, struct error *err);

/* From then on nothing is missed. For the services that @apply selects and their dependencies;
 * @no_build: none may be built. ERROR_INVALID: what is asked for cannot be, or there is nothing. */
int watch_open(struct watch **watch, const struct apply *apply, bool no_build, struct error *err);
void watch_close(struct watch *watch);
/* Readable when there is something to read. */
int watch_fd(const struct watch *watch);
int watch_read(struct watch *watch, struct error *err);
/* Has something changed, and is it quiet now? */
bool watch_is_complete(const struct watch *watch);
/* Takes the files of rules that ask for a first sync for changed. Returns false when none does. */
bool watch_take_initial(struct watch *watch);

struct watch_work {
	const struct apply *apply;
	bool prunes; /* images that a rebuild has replaced */
	/* Before containers are made or stopped. */
	int (*lock)(void *data, struct error *err);
	/* Says a line of what is done. */
	void (*say)(const char *line, void *data);
	void *lock_data, *say_data;
};
/* Does what the rules say about what was gathered. What fails is said, too, and only ends what it
 * is about; -1: the first sync has failed. */
int watch_do(const struct watch *watch, const struct watch_work *work, struct error *err);
/* It is being done. */
void watch_forget(struct watch *watch);
