/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/mount_source.h - what is bound and has no path: a part of a detached tree, a file that is
 * in memory only. Runs in the child, before pivot_root.
 */
#pragma once

#include <stdbool.h>

struct error;
struct spec_file;

struct mount_files {
	int fd; /* the tmpfs that they are on; no path in the container leads to it; -1: not yet */
	unsigned count;
};

/* Both return a detached tree. The links of @subpath are followed within the tree. */
int mount_source_part(int tree_fd, const char *subpath, bool is_recursive, struct error *err);
int mount_source_file(struct mount_files *files, const struct spec_file *file, struct error *err);
