/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/volumes.h - the volumes of a project: made, made anew, removed.
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
bool apply_uses_volume(const struct convergence *convergence, const char *key);
/* Those that the selected services use, or all of them. */
int apply_ensure_volumes(const struct convergence *convergence, struct error *err);
/* Until the containers that mount them are made, nobody removes them for being used by none.
 * Returns a descriptor to close. */
int apply_hold_volumes(const struct convergence *convergence, struct error *err);
/* `down -v` */
int apply_remove_volumes(const struct apply *apply, struct arena *arena, struct error *err);
/* The anonymous volumes of containers that were removed without them, and whose they no longer are:
 * they stay, as with Docker, but not without a word. */
void apply_tell_left_volumes(const struct apply *apply, struct container **containers,
			     size_t count);
