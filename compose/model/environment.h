/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/environment.h - what variables mean while a project is loaded.
 *
 * A chain: the process environment wins over the project's .env, which wins over that of an
 * included file.
 */
#pragma once

#include "base/map.h"

struct arena;
struct error;
struct strvec;

struct environment {
	const struct environment *parent; /* asked first; NULL for the process environment */
	struct map values;		  /* strings of the arena */
	struct arena *arena;
};

void environment_init(struct environment *environment, const struct environment *parent,
		      struct arena *arena);
void environment_release(struct environment *environment);
/* Adds "NAME=value" entries; the last of a name wins. */
void environment_add_all(struct environment *environment, char *const *entries);
void environment_set(struct environment *environment, const char *name, const char *value);
/* NULL: not set. The signature is that of struct interpolation's lookup. */
const char *environment_lookup(void *environment, const char *name);
/* Reads a .env file into @environment: later files win, and see the earlier ones. ENOENT and
 * EISDIR in @err are the caller's to interpret. */
int environment_load(struct environment *environment, const char *path, struct error *err);
/* All variables, as "NAME=value" vector in the arena, sorted. */
char **environment_list(const struct environment *environment);
