/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/source/source_private.h - parts of source_walk and source_digest: names of a directory,
 * paths without links, digests that are known already.
 */
#pragma once

#include "base/digest.h"
#include "builder/source/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strvec;

/* The names in a directory, sorted by bytes. */
struct source_names {
	char *bytes;
	const char **items;
	size_t count;
};
int source_names_read(struct source_names *names, int fd, struct error *err);
void source_names_release(struct source_names *names);
#define auto_source_names __attribute__((cleanup(source_names_release)))

/* What @path (from the root) leads to when all links are followed within it, as a path without
 * links; "" is the root. malloc'ed. NULL with ERROR_NOT_FOUND: there is none. */
char *source_path_follow(const struct source *source, const char *path, struct error *err);
/* A directory at a path that has no links. */
int source_path_open(const struct source *source, const char *path, struct error *err);
/* The paths that match a pattern with wildcards, one component each, sorted. Links on the way are
 * followed before the first wildcard only. */
int source_path_expand(const struct source *source, const char *pattern, struct strvec *paths,
		       struct error *err);
/* ERROR_NOT_FOUND: @path as somebody wrote it, which came to @real. */
int source_path_missing(const struct source *source, const char *path, const char *real,
			struct error *err);

/* The digest of a file with this status; false: not known. NULL @index is fine. */
bool source_index_find(struct source_index *index, const struct stat *status,
		       char hex[DIGEST_HEX_SIZE]);
/* It was read whole, and had this status before and after. */
void source_index_add(struct source_index *index, const struct stat *status,
		      const char hex[DIGEST_HEX_SIZE]);
/* Removes indexes that nobody has used for long, the oldest of too many, and what killed builds
 * left of theirs. */
void source_index_prune(int directory_fd);
