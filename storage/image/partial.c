/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/partial.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "storage/reference.h"

static bool is_same_file(const struct layout *layout, const char *name, int fd)
{
	struct stat named, open;

	return fstatat(layout->partial_fd, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstat(fd, &open) == 0 && named.st_ino == open.st_ino && named.st_dev == open.st_dev;
}

static int lock(int fd, int operation)
{
	int result;

	do
		result = flock(fd, operation);
	while (result < 0 && errno == EINTR);
	return result;
}

int partial_open(const struct layout *layout, const char *hex, struct error *err)
{
	for (;;) {
		auto_close int fd = openat(layout->partial_fd, hex,
					   O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

		if (fd < 0)
			return error_errno(err, "cannot open '%s/partial/%.12s…'", layout->root,
					   hex);
		if (lock(fd, LOCK_EX) < 0)
			return error_errno(err, "cannot lock '%s/partial/%.12s…'", layout->root,
					   hex);
		/* The one before us may have finished it, or swept it away. */
		if (is_same_file(layout, hex, fd))
			return take_fd(&fd);
	}
}

int partial_stage(const struct staging *staging, const char *hex, const char *name,
		  struct error *err)
{
	if (linkat(staging->layout->partial_fd, hex, staging->fd, name, 0) < 0)
		return error_errno(err, "cannot take over '%s/partial/%.12s…'",
				   staging->layout->root, hex);
	return 0;
}

int partial_seal(int fd, struct error *err)
{
	return fchmod(fd, 0400) < 0 ? error_errno(err, "cannot seal its download") : 0;
}

bool partial_is_sealed(const struct stat *status)
{
	return !(status->st_mode & 0200);
}

void partial_discard(const struct layout *layout, const char *hex)
{
	unlinkat(layout->partial_fd, hex, 0);
}

/* Whether anybody waits for the lock does not matter: they look whether the name is still there. */
static int64_t sweep_one(const struct layout *layout, const char *name, int64_t before)
{
	auto_close int fd =
		openat(layout->partial_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || lock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &status) < 0 ||
	    status.st_mtim.tv_sec > before || !is_same_file(layout, name, fd) ||
	    unlinkat(layout->partial_fd, name, 0) < 0)
		return 0;
	return status.st_nlink > 1 ? 0 : (int64_t)status.st_blocks * 512;
}

int64_t partial_sweep(const struct layout *layout, int64_t age_s)
{
	int fd = openat(layout->partial_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	int64_t before = time(NULL) - age_s;
	int64_t freed = 0;
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (strlen(entry->d_name) == 64 && reference_is_hex(entry->d_name, 64))
			freed += sweep_one(layout, entry->d_name, before);
	return freed;
}
