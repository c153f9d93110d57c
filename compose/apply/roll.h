/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/roll.h - replaces running replicas batch by batch, as deploy.update_config says.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct apply;
struct arena;
struct container;
struct error;
struct service;

struct apply_roll_pair {
	/* The running one (NULL: a further replica) and its successor, created. */
	struct container *sides[2];
	const char *name; /* that of the one that runs */
	bool is_updated;  /* afterwards: the successor is the one that is left */
	bool has_failed;  /* private */
};

struct apply_roll {
	const struct apply *apply;
	const struct service *service;
	struct apply_roll_pair *pairs;
	size_t count;
	int64_t timeout_ms;   /* for stopping; -1: each its own */
	bool may_start_first; /* both sides of a pair can run at the same time */
	struct arena *arena;
};

int apply_roll(struct apply_roll *roll, struct error *err);
