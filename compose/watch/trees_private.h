/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/watch/trees_private.h - the directories that are watched, by number and by path, with the
 * names that they are known to have.
 */
#pragma once

#include "base/map.h"
#include "base/strvec.h"
#include "compose/watch/trees.h"

#include <stddef.h>
#include <stdint.h>

struct trees_watch {
	int wd;
	char *path;
	struct strvec names; /* sorted */
};

struct trees {
	int fd;
	struct strvec roots;
	struct trees_client client;
	struct trees_watch **watches; /* by wd, which the kernel gives out rising */
	size_t count;
	struct map by_path; /* NULL: not any more */
	int64_t read_ns;    /* since 1970: what is older has been told of */
};

struct trees_watch *trees_watch_find(const struct trees *trees, int wd);
struct trees_watch *trees_watch_at(const struct trees *trees, const char *path);
/* Adds it, or gives it another path. */
struct trees_watch *trees_watch_put(struct trees *trees, int wd, const char *path);
/* Ends the watches of @path and, @with_below, of all that is below it. */
void trees_watch_forget(struct trees *trees, const char *path, bool with_below);
void trees_watch_release(struct trees *trees);

bool trees_is_at_or_below(const char *path, const char *base);

bool trees_watch_has_name(const struct trees_watch *watch, const char *name);
void trees_watch_add_name(struct trees_watch *watch, const char *name);
void trees_watch_drop_name(struct trees_watch *watch, const char *name);
/* For qsort and bsearch over char pointers. */
int trees_compare_names(const void *a, const void *b);

/* ---- trees_walk.c ---- */

struct stat;

/* Is it of interest for itself? */
bool trees_is_inside(const struct trees *trees, const char *path);
/* Does a root lie at it or somewhere below it? */
bool trees_leads_to_root(const struct trees *trees, const char *path);
void trees_tell(const struct trees *trees, const char *path);
char *trees_join(const char *directory, const char *name);
bool trees_is_directory(int dirfd, const char *name, struct stat *status);
/* What is in a directory, and a descriptor of it; nothing when it has gone. */
int trees_list_names(const char *path, struct strvec *names, int *dirfd, struct error *err);
/* Something that has come, or that is there while the trees are opened. */
int trees_arrive(struct trees *trees, const char *path, bool is_directory, struct error *err);
/* Watches the way to each root, as far as it is there: from the directory above it on. */
int trees_settle_all(struct trees *trees, struct error *err);
