/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/networks.h - the networks of a project: made, made anew, removed.
 */
#pragma once

#include <stddef.h>

struct apply;
struct arena;
struct container;
struct convergence;
struct error;

/* Those that the selected services use, or all of them. */
int apply_ensure_networks(const struct convergence *convergence, struct error *err);
/* Detaches @containers and removes the project's networks in one go; those that others use stay. */
int apply_remove_networks(const struct apply *apply, struct container **containers, size_t count,
			  struct arena *arena, struct error *err);
