/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/volume/volume_loop.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"

#define MOST_ATTEMPTS 64

static int access_mode(const struct volume_loop *loop)
{
	return (loop->read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC;
}

/* The device shows what we want: the same file (by inode; where the file system gives another
 * device number to stat than to others, as btrfs does, by name) and the same part of it. */
static bool shows(const struct volume_loop *loop, const struct stat *file,
		  const struct loop_info64 *info)
{
	bool is_same_file =
		info->lo_inode == file->st_ino &&
		(info->lo_device == file->st_dev ||
		 strncmp((const char *)info->lo_file_name, loop->file, LO_NAME_SIZE - 1) == 0);

	return is_same_file && info->lo_offset == loop->offset && info->lo_sizelimit == loop->size;
}

/* A descriptor of the device named @entry if it is one for us; -1 with err->code 0 if not. */
static int try_existing(struct volume_loop *loop, const struct stat *file, const char *entry,
			struct error *err)
{
	struct loop_info64 info = {0};
	auto_close int fd = -1;
	char path[sizeof(loop->path)];

	snprintf(path, sizeof(path), "/dev/%.24s", entry);
	fd = open(path, access_mode(loop));
	if (fd < 0 || ioctl(fd, LOOP_GET_STATUS64, &info) < 0 || !shows(loop, file, &info))
		return -1;
	if (info.lo_flags & LO_FLAGS_READ_ONLY && !loop->read_only)
		return error_set(err, ERROR_BUSY, "'%s' is in use read-only, as %s", loop->file,
				 path);
	snprintf(loop->path, sizeof(loop->path), "%s", path);
	return take_fd(&fd);
}

static int find_existing(struct volume_loop *loop, const struct stat *file, struct error *err)
{
	auto_closedir DIR *dir = opendir("/sys/block");
	struct dirent *entry;

	err->code = 0;
	while (dir && (entry = readdir(dir))) {
		char backing[300];
		int fd;

		if (strncmp(entry->d_name, "loop", 4) != 0)
			continue;
		snprintf(backing, sizeof(backing), "%s/loop/backing_file", entry->d_name);
		if (faccessat(dirfd(dir), backing, F_OK, 0) < 0)
			continue;
		fd = try_existing(loop, file, entry->d_name, err);
		if (fd >= 0 || err->code != 0)
			return fd;
	}
	return -1;
}

/* EBUSY: somebody else took the free one first. */
static int configure(struct volume_loop *loop, int file_fd, int number, struct error *err)
{
	struct loop_config config = {
		.fd = (unsigned)file_fd,
		.info = {.lo_offset = loop->offset,
			 .lo_sizelimit = loop->size,
			 .lo_flags =
				 LO_FLAGS_AUTOCLEAR | (loop->read_only ? LO_FLAGS_READ_ONLY : 0)},
	};
	auto_close int fd = -1;

	snprintf(loop->path, sizeof(loop->path), "/dev/loop%d", number);
	snprintf((char *)config.info.lo_file_name, LO_NAME_SIZE, "%s", loop->file);
	fd = open(loop->path, access_mode(loop));
	if (fd < 0)
		return error_errno(err, "cannot open '%s'", loop->path);
	if (ioctl(fd, LOOP_CONFIGURE, &config) < 0)
		return error_errno(err, "cannot make a block device of '%s'", loop->file);
	return take_fd(&fd);
}

static int make_new(struct volume_loop *loop, int file_fd, struct error *err)
{
	auto_close int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);

	if (control < 0)
		return error_errno(err,
				   "cannot make a block device of '%s': cannot open "
				   "'/dev/loop-control' (is the kernel's module loop there?)",
				   loop->file);
	for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
		int number = ioctl(control, LOOP_CTL_GET_FREE), fd;

		if (number < 0)
			return error_errno(err, "there is no free loop device for '%s'",
					   loop->file);
		fd = configure(loop, file_fd, number, err);
		if (fd >= 0 || (err->code != EBUSY && err->code != ENXIO))
			return fd;
	}
	return error_set(err, ERROR_BUSY, "there is no free loop device for '%s'", loop->file);
}

int volume_loop_open(struct volume_loop *loop, struct error *err)
{
	/* The lock has a descriptor of its own: the device keeps the other one open. */
	auto_close int lock = open(loop->file, O_RDONLY | O_CLOEXEC);
	auto_close int file_fd = -1;
	struct error problem = {0};
	struct stat status;
	int fd;

	if (lock < 0 || fstat(lock, &status) < 0)
		return error_errno(err, "cannot open '%s'", loop->file);
	if (!S_ISREG(status.st_mode))
		return error_set(err, ERROR_INVALID, "'%s' is not a regular file", loop->file);
	while (flock(lock, LOCK_EX) < 0)
		if (errno != EINTR)
			return error_errno(err, "cannot lock '%s'", loop->file);
	fd = find_existing(loop, &status, &problem);
	if (fd < 0 && problem.code == 0) {
		file_fd = open(loop->file, access_mode(loop));
		if (file_fd < 0)
			return error_errno(err, "cannot open '%s'", loop->file);
		fd = make_new(loop, file_fd, &problem);
	}
	return fd < 0 ? error_pass(err, &problem) : fd;
}
