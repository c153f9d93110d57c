/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/stubs.h - mount points that are made in a root file system for a while, and go again.
 *
 * What stood in their place meanwhile may have been changed by whoever ran there: each is removed
 * below the descriptor of the directory that it was made in, and only when it is still the very
 * file or directory, and empty. The times of that directory are put back.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

struct error;

struct stub {
	int parent_fd;
	char *name;
	dev_t device;
	ino_t inode;
	bool is_there, is_directory;
	struct timespec before, after; /* of the directory's last change: without it, with it */
};

struct stubs {
	struct stub *items;
	size_t count;
};

/* Makes what is missing of @path, as path_make_target. */
int stubs_make(struct stubs *stubs, int root_fd, const char *path, bool is_directory,
	       struct error *err);
/* Removes them, the last first. */
void stubs_remove(struct stubs *stubs);
