/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/networks.h - the networks of a project: made, made anew, removed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct apply;
struct arena;
struct container;
struct convergence;
struct error;

/* Does a selected service use it, or shall all be there? */
bool apply_uses_network(const struct convergence *convergence, const char *key);
/* Those that the selected services use, or all of them. */
int apply_ensure_networks(const struct convergence *convergence, struct error *err);
/* Detaches @containers and removes the project's networks in one go; those that others use stay. */
int apply_remove_networks(const struct apply *apply, struct container **containers, size_t count,
			  struct arena *arena, struct error *err);
