/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/secret/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path.h"

/* Docker's limit for one is 500 KiB. */
#define SIZE_LIMIT  "64m"
#define COUNT_LIMIT "4096"

static int check_id(const char *container_id, struct error *err)
{
	if (path_is_name(container_id))
		return 0;
	return error_set(err, ERROR_INVALID, "'%.80s' is not a container id", container_id);
}

static bool is_mounted(int parent_fd, int fd)
{
	struct stat above, here;

	return fstat(parent_fd, &above) == 0 && fstat(fd, &here) == 0 &&
	       above.st_dev != here.st_dev;
}

static int make_tmpfs(struct error *err)
{
	auto_close int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
	int fd;

	if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, "source", "coracle-secrets", 0) < 0 ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "size", SIZE_LIMIT, 0) < 0 ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "nr_inodes", COUNT_LIMIT, 0) < 0 ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0700", 0) < 0)
		return error_errno(err, "cannot set up a tmpfs for secrets");
	/* Linux 6.4; before, the host's swap is where they may go. */
	fsconfig(fs, FSCONFIG_SET_FLAG, "noswap", NULL, 0);
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return error_errno(err, "cannot create a tmpfs for secrets");
	fd = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return fd < 0 ? error_errno(err, "cannot create a tmpfs for secrets") : fd;
}

static int open_secrets(int container_fd)
{
	return openat(container_fd, "secrets", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The container's tmpfs, made if need be. */
static int open_mounted(const struct layout *layout, const char *container_id, struct error *err)
{
	auto_close int container_fd = -1;
	auto_close int fd = -1;
	auto_close int mount_fd = -1;

	if (mkdirat(layout->run_containers_fd, container_id, 0700) < 0 && errno != EEXIST)
		return error_errno(err, "cannot create the run directory of '%s'", container_id);
	container_fd = openat(layout->run_containers_fd, container_id,
			      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (container_fd < 0)
		return error_errno(err, "cannot open the run directory of '%s'", container_id);
	if (mkdirat(container_fd, "secrets", 0700) < 0 && errno != EEXIST)
		return error_errno(err, "cannot create the secrets directory");
	fd = open_secrets(container_fd);
	if (fd < 0)
		return error_errno(err, "cannot open the secrets directory");
	if (is_mounted(container_fd, fd))
		return take_fd(&fd);
	mount_fd = make_tmpfs(err);
	if (mount_fd < 0)
		return -1;
	if (move_mount(mount_fd, "", fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return error_errno(err, "cannot mount the tmpfs for secrets");
	/* The descriptor of the mount itself: @fd is of the directory below it. */
	return take_fd(&mount_fd);
}

static int write_content(int fd, const struct secret_file *file, struct error *err)
{
	if (file_write_all(fd, file->content, file->length, err) < 0)
		return -1;
	if (fchown(fd, file->uid, file->gid) < 0 || fchmod(fd, file->mode & 07777) < 0)
		return error_errno(err, "cannot set owner and mode");
	return 0;
}

/* The name changes only when the content is complete: a running container may be reading. */
static int write_file(int dirfd, const struct secret_file *file, struct error *err)
{
	auto_close int fd = -1;

	unlinkat(dirfd, ".new", 0);
	fd = openat(dirfd, ".new", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_errno(err, "cannot create it");
	if (write_content(fd, file, err) < 0) {
		unlinkat(dirfd, ".new", 0);
		return -1;
	}
	if (renameat(dirfd, ".new", dirfd, file->name) < 0)
		return error_errno(err, "cannot rename it");
	return 0;
}

int secret_install(const struct layout *layout, const char *container_id,
		   const struct secret_file *files, size_t count, struct error *err)
{
	auto_close int fd = -1;

	if (check_id(container_id, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (!path_is_name(files[i].name))
			return error_set(err, ERROR_INVALID, "'%.80s' is not a file name",
					 files[i].name);
	fd = open_mounted(layout, container_id, err);
	if (fd < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (write_file(fd, files + i, err) < 0)
			return error_wrap(err, "cannot install the secret '%s'", files[i].name);
	return 0;
}

char *secret_path(const struct layout *layout, const char *container_id, const char *name)
{
	return alloc_format("%s/containers/%s/secrets/%s", layout->run, container_id, name);
}

int secret_remove(const struct layout *layout, const char *container_id, struct error *err)
{
	auto_close int container_fd = -1;
	auto_free char *path = NULL;

	if (check_id(container_id, err) < 0)
		return -1;
	container_fd = openat(layout->run_containers_fd, container_id,
			      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (container_fd < 0)
		return errno == ENOENT ? 0
				       : error_errno(err, "cannot open the run directory of '%s'",
						     container_id);
	path = alloc_format("/proc/self/fd/%d/secrets", container_fd);
	/* A kill between two calls may have stacked two. */
	while (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		;
	if (errno != EINVAL && errno != ENOENT)
		return error_errno(err, "cannot unmount the secrets of '%s'", container_id);
	return file_remove_tree(container_fd, "secrets", err);
}
