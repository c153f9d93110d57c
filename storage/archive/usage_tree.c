/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/archive/usage_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/map.h"

#define DEEPEST 4096

struct walk {
	struct map links; /* "inode" of what has several names */
	dev_t device;
	int64_t bytes;
	int depth;
};

static void add_file(struct walk *walk, const struct stat *status)
{
	int64_t used = (int64_t)status->st_blocks * 512;

	if (status->st_nlink > 1) {
		char key[32];

		snprintf(key, sizeof(key), "%ju", (uintmax_t)status->st_ino);
		if (map_set(&walk->links, key, walk))
			return;
	}
	/* A file's last block is not all its own; a hole takes nothing. */
	walk->bytes += used < status->st_size ? used : status->st_size;
}

static void walk_directory(struct walk *walk, int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	struct stat status;

	if (!dir || walk->depth >= DEEPEST || fstat(fd, &status) < 0 ||
	    status.st_dev != walk->device)
		return;
	walk->depth++;
	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (S_ISDIR(status.st_mode))
			walk_directory(walk, fd, entry->d_name);
		else if (S_ISREG(status.st_mode))
			add_file(walk, &status);
	}
	walk->depth--;
}

int64_t usage_tree(int dirfd, const char *path)
{
	struct walk walk = {0};
	struct stat status;

	if (fstatat(dirfd, path, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	walk.device = status.st_dev;
	walk_directory(&walk, dirfd, path);
	map_release(&walk.links);
	return walk.bytes;
}
