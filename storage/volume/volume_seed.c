/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/volume/volume_seed.c - volume_seed of storage/volume/volume.h.
 *
 * Two marks beside the data: "seeding" while our copy is incomplete (what is there then is ours
 * and can be thrown away), "seeded" when this must never happen again.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path.h"
#include "storage/archive/tree.h"
#include "storage/volume/volume_private.h"

static bool has_mark(int fd, const char *name)
{
	return faccessat(fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int set_mark(int fd, const char *name, struct error *err)
{
	return file_replace(fd, name, "", 0, 0600, err);
}

/* The directory in the image; 0 when there is none at @path. */
static int open_source(int rootfs_fd, const char *path, int *source_fd, struct error *err)
{
	struct error problem = {0};

	*source_fd = path_open(rootfs_fd, path, PATH_IN_ROOT, O_RDONLY | O_DIRECTORY, &problem);
	if (*source_fd >= 0)
		return 1;
	if (problem.code == ENOENT || problem.code == ENOTDIR)
		return 0;
	return error_pass(err, &problem);
}

static int copy(int volume_fd, int source_fd, int data_fd, struct error *err)
{
	int is_empty = file_is_empty_directory(source_fd, err);

	if (is_empty < 0)
		return -1;
	if (is_empty)
		return tree_copy_metadata(source_fd, data_fd, err);
	if (set_mark(volume_fd, "seeding", err) < 0 ||
	    tree_copy_contents(source_fd, data_fd, err) < 0)
		return -1;
	/* The data must be on disk before the mark that says so. */
	if (syncfs(data_fd) < 0)
		return error_errno(err, "cannot sync it");
	return 0;
}

static int seed(int volume_fd, int source_fd, int data_fd, struct error *err)
{
	int is_empty;

	if (has_mark(volume_fd, "seeding") && tree_remove_contents(data_fd, err) < 0)
		return -1;
	is_empty = file_is_empty_directory(data_fd, err);
	if (is_empty < 0)
		return -1;
	if (is_empty && copy(volume_fd, source_fd, data_fd, err) < 0)
		return -1;
	if (set_mark(volume_fd, "seeded", err) < 0)
		return -1;
	unlinkat(volume_fd, "seeding", 0);
	return 0;
}

/* A reboot empties it, the mark stays: it is filled whenever it is empty. */
static bool is_in_memory(const struct layout *layout, const char *name)
{
	auto_arena struct arena arena = {0};
	struct volume volume;

	if (volume_load(layout, name, &volume, &arena, NULL) < 0)
		return false;
	for (size_t i = 0; i < volume.option_count; i++)
		if (strcmp(volume.options[i].name, "type") == 0)
			return strcmp(volume.options[i].value, "tmpfs") == 0;
	return false;
}

int volume_seed(const struct layout *layout, const char *name, int rootfs_fd, const char *path,
		struct error *err)
{
	auto_close int volume_fd = -1;
	auto_close int source_fd = -1;
	auto_close int opened_fd = -1;
	auto_close int data_fd = -1;
	int found;

	if (volume_store_check_name(name, err) < 0)
		return -1;
	volume_fd = volume_store_lock(layout, name, false, err);
	if (volume_fd < 0)
		return -1;
	if (has_mark(volume_fd, "seeded") && !is_in_memory(layout, name))
		return 0;
	found = open_source(rootfs_fd, path, &source_fd, err);
	if (found <= 0)
		return found;
	opened_fd = volume_open(layout, name, err);
	if (opened_fd < 0)
		return -1;
	data_fd = openat(opened_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (data_fd < 0)
		return errno == ENOTDIR ? 0 : error_errno(err, "cannot open the volume '%s'", name);
	if (seed(volume_fd, source_fd, data_fd, err) < 0)
		return error_wrap(err, "cannot copy '%s' of the image into the volume '%s'", path,
				  name);
	return 0;
}
