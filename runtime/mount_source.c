/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/mount_source.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path.h"
#include "runtime/spec.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* Before Linux 6.15 nothing can be taken of what is detached: it gets a place in the old root, with
 * which it goes at pivot_root. */
static int attach_in_old_root(int tree_fd, struct error *err)
{
	if (move_mount(tree_fd, "", AT_FDCWD, "/dev", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return error_errno(err, "cannot attach the source");
	return 0;
}

int mount_source_part(int tree_fd, const char *subpath, bool is_recursive, struct error *err)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH;
	auto_close int part = -1;
	int tree;

	if (attach_in_old_root(tree_fd, err) < 0)
		return -1;
	part = path_open(tree_fd, subpath, PATH_IN_ROOT, O_PATH, err);
	if (part < 0)
		return -1;
	tree = open_tree(part, "", flags | (is_recursive ? AT_RECURSIVE : 0));
	return tree < 0 ? error_errno(err, "cannot take '%s' of the source", subpath) : tree;
}

static int open_files(struct mount_files *files, struct error *err)
{
	auto_close int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);

	if (files->fd >= 0)
		return 0;
	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return error_errno(err, "cannot create a tmpfs");
	files->fd = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	if (files->fd < 0)
		return error_errno(err, "cannot mount a tmpfs");
	return attach_in_old_root(files->fd, err);
}

int mount_source_file(struct mount_files *files, const struct spec_file *file, struct error *err)
{
	auto_close int fd = -1;
	char name[16];
	int tree;

	if (open_files(files, err) < 0)
		return -1;
	snprintf(name, sizeof(name), "%u", files->count++);
	fd = openat(files->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_errno(err, "cannot create a file in memory");
	if (file_write_all(fd, file->content, file->length, err) < 0)
		return -1;
	if (fchown(fd, file->uid, file->gid) < 0 || fchmod(fd, file->mode) < 0)
		return error_errno(err, "cannot set the owner of a file in memory");
	tree = open_tree(fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	return tree < 0 ? error_errno(err, "cannot take a file in memory") : tree;
}
