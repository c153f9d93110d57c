/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/staging.h - door: a private directory for work that is not visible yet, or no longer.
 *
 * ROOT/staging/RANDOM belongs to the process that holds its flock. What is made here is renamed to
 * its place when it is complete, and what is removed is renamed to here first, so that a kill
 * leaves nothing but a directory without an owner: the next staging_open removes it. All of ROOT is
 * one file system.
 */
#pragma once

#include "storage/layout.h"

struct error;
struct strvec;

struct staging {
	const struct layout *layout;
	char name[40];
	int fd; /* -1: not open; inherited by worker processes, which keeps the lock */
};

/* A zeroed struct with fd -1 may be closed. */
#define STAGING_CLOSED                                                                             \
	{                                                                                          \
		.fd = -1                                                                           \
	}
#define auto_staging __attribute__((cleanup(staging_close)))

/* Removes the directories of dead processes, makes one of our own. */
int staging_open(struct staging *staging, const struct layout *layout, struct error *err);
/* Removes it with all that is left in it. */
void staging_close(struct staging *staging);

/* Names below ROOT/staging whose owner has gone. */
void staging_list_dead(const struct layout *layout, struct strvec *names);

/* Held while a layer is unpacked, so that a second load of it waits and finds it done. Lock bottom
 * layers first. */
int staging_lock_chain(const struct layout *layout, const char *chain_id, struct error *err);
/* The same without waiting: ERROR_BUSY while somebody else has it. */
int staging_try_chain(const struct layout *layout, const char *chain_id, struct error *err);
void staging_unlock_chain(const struct layout *layout, const char *chain_id, int fd);
