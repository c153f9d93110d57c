/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/archive/layer_diff_entry.h - door: what storage/archive/layer_diff.h finds out about one
 * file (its holes and its extended attributes), and what it changes in a tree of its own.
 */
#pragma once

#include "storage/archive/tar_writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct error;

/* Does the file have holes? Then the rest of it comes as @extents (malloc'ed, in order). */
bool layer_diff_entry_find_holes(int fd, const struct stat *status,
				 struct tar_writer_extent **extents, size_t *count);

/* The same by the content alone: long stretches of zeroes in large files. */
bool layer_diff_entry_find_zeroes(int fd, const struct stat *status,
				  struct tar_writer_extent **extents, size_t *count);

struct layer_diff_xattrs {
	struct tar_writer_xattr *items;
	size_t count;
	char *names; /* what the items point into */
	bool strips; /* takes overlayfs' own off the file, but for the mark of an opaque directory
		      * and what is escaped */
};

/* By an O_PATH descriptor, sorted by name; those that may go into an image. With @is_upper, what
 * overlayfs has escaped gets its name back. */
int layer_diff_entry_xattrs(struct layer_diff_xattrs *xattrs, int fd, bool is_upper,
			    struct error *err);
void layer_diff_entry_release(struct layer_diff_xattrs *xattrs);

/* Removes an entry with all that is below it; its directory keeps its times. */
int layer_diff_entry_remove(int dirfd, const char *name, struct error *err);
/* Sets a time that is later than @latest, here and in @status. */
int layer_diff_entry_limit(int fd, struct stat *status, const struct timespec *latest,
			   struct error *err);
