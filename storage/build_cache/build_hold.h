/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/build_cache/build_hold.h - door: the layers that a running build relies on.
 *
 * The collection of garbage leaves them alone as long as the process lives (or a child that has
 * inherited the descriptor), and prune their records. Found layers are given here before anything
 * is built on them: those of a base image, of a record, of a snapshot that no record has.
 */
#pragma once

#include "storage/layout.h"

#include <stddef.h>

struct error;

struct build_hold {
	const struct layout *layout;
	int fd; /* -1: not open */
	char name[40];
};

#define auto_build_hold __attribute__((cleanup(build_hold_close)))
int build_hold_open(struct build_hold *hold, const struct layout *layout, struct error *err);
void build_hold_close(struct build_hold *hold);
/* 1: all of them are there and stay; 0: one has gone meanwhile (of a base image: look for that
 * again). */
int build_hold_add(struct build_hold *hold, char *const *chain_ids, size_t count,
		   struct error *err);

/* Those of builds that have gone; also done by build_hold_open. */
struct strvec;
void build_hold_list_dead(const struct layout *layout, struct strvec *names);
void build_hold_sweep(const struct layout *layout);
