/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/archive/tree.h - door: copying files and trees with everything that belongs to them.
 *
 * Owner, mode, times, extended attributes (overlayfs' own and security labels left out), hard links
 * within the tree, holes, devices and FIFOs; sockets are left out. Works by descriptors alone and
 * never follows a link.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct error;

/* May an extended attribute of this name come from an image or go into one? */
bool tree_keeps_xattr(const char *name);
/* Sets one on @name below @dirfd (NULL: on @dirfd itself). What a file system or file type cannot
 * hold is left out with a warning. */
int tree_set_xattr(int dirfd, const char *name, const char *key, const void *value, size_t length,
		   struct error *err);
/* Those of @from in @from_dirfd, or of the descriptor itself (NULL), to @to in @to_dirfd. */
int tree_copy_xattrs(int from_dirfd, const char *from, int to_dirfd, const char *to,
		     struct error *err);
/* The first @size bytes of an open file into one that is new: holes stay holes. */
int tree_copy_data(int from, int to, off_t size, struct error *err);
/* Owner, mode, attributes and times of an open directory. */
int tree_copy_metadata(int from_fd, int to_fd, struct error *err);
/* One entry that is not a directory; the target must not exist. */
int tree_copy_entry(int from_dirfd, const char *from, int to_dirfd, const char *to,
		    struct error *err);
/* What is in @from_fd goes into @to_fd, which is empty; then the metadata of the directory. */
int tree_copy_contents(int from_fd, int to_fd, struct error *err);
/* The same with what makes a directory of a layer hide what lies below it. */
int tree_copy_layer(int from_fd, int to_fd, struct error *err);
/* Removes all that is in a directory. */
int tree_remove_contents(int fd, struct error *err);
