/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/build_cache/build_mount.c - the directories of cache mounts:
 * ROOT/build/mounts/KEY/{data/, mount.json}.
 *
 * The directory is its own lock (a flock). It is complete when it has its record; one without is
 * made anew by whoever has it alone. Prune renames directories away, so whoever has waited for a
 * lock looks whether it is still the one of that name.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "storage/build_cache/build_cache_private.h"
#include "storage/build_cache/build_record.h"

#define MOST_PRIVATE 1000 /* side by side with one id */

/* An id may be anything; those that are private are numbered. */
static void make_key(char key[DIGEST_HEX_SIZE], const char *id, unsigned number)
{
	struct digest hash;

	digest_init(&hash);
	digest_add(&hash, id, strlen(id) + 1);
	digest_add(&hash, &number, sizeof(number));
	digest_finish(&hash, key);
}

static void mount_path(char path[96], const char *key)
{
	snprintf(path, 96, BUILD_MOUNTS "/%.64s", key);
}

static bool is_in_place(const struct layout *layout, const char *path, int fd)
{
	struct stat there, held;

	return fstatat(layout->root_fd, path, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstat(fd, &held) == 0 && there.st_ino == held.st_ino && there.st_dev == held.st_dev;
}

static int open_place(const struct layout *layout, const char *path, struct error *err)
{
	int fd;

	if (mkdirat(layout->root_fd, path, 0700) < 0 && errno != EEXIST)
		return error_errno(err, "cannot create '%s/%s'", layout->root, path);
	fd = openat(layout->root_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno != ENOENT)
		return error_errno(err, "cannot open '%s/%s'", layout->root, path);
	return fd;
}

static bool is_complete(int fd)
{
	return faccessat(fd, BUILD_MOUNT_RECORD, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* @operation: LOCK_SH or LOCK_EX. ERROR_BUSY with LOCK_NB. */
static int lock(int fd, int operation, int cancel_fd, struct error *err)
{
	int pause_ms = 1;

	while (flock(fd, operation | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return error_errno(err, "cannot lock a cache mount");
		if (operation & LOCK_NB)
			return error_set(err, ERROR_BUSY, "another step has this cache mount");
		if (build_cache_wait(cancel_fd, &pause_ms, err) < 0)
			return -1;
	}
	return 0;
}

/* Until somebody else has made it, who may keep it for as long as a step takes: then it is not
 * waited for, and there need be no lock any more. */
static int lock_to_make(int fd, int cancel_fd, struct error *err)
{
	int pause_ms = 1;

	while (!is_complete(fd) && flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return error_errno(err, "cannot lock a cache mount");
		if (build_cache_wait(cancel_fd, &pause_ms, err) < 0)
			return -1;
	}
	return 0;
}

static int make_data(const struct build_cache_mount *mount, int fd, struct error *err)
{
	auto_close int data = -1;

	if (file_remove_tree(fd, "data", err) < 0)
		return -1;
	if (mkdirat(fd, "data", 0700) < 0)
		return error_errno(err, "cannot create the directory of a cache mount");
	data = openat(fd, "data", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (data < 0)
		return error_errno(err, "cannot open the directory of a cache mount");
	if (mount->fill && mount->fill(data, mount->data, err) < 0)
		return -1;
	if (fchown(data, mount->uid, mount->gid) < 0 || fchmod(data, mount->mode & 07777) < 0)
		return error_errno(err, "cannot set the owner of a cache mount");
	return 0;
}

static int make(const struct build_cache_mount *mount, int fd, struct error *err)
{
	const struct build_record record = {
		.description = mount->description ? mount->description : "cache mount",
		.kind = BUILD_KIND_MOUNT,
		.created_s = time(NULL),
	};

	if (make_data(mount, fd, err) < 0)
		return -1;
	return build_record_save(fd, BUILD_MOUNT_RECORD, &record, err);
}

/* Locks it as asked for, complete; 0: it has to be tried again, from the beginning. */
static int take(const struct layout *layout, const char *path,
		const struct build_cache_mount *mount, int *place_fd, struct error *err)
{
	int wanted = mount->sharing == BUILD_CACHE_SHARED ? LOCK_SH : LOCK_EX;
	auto_close int fd = open_place(layout, path, err);

	if (mount->sharing == BUILD_CACHE_PRIVATE)
		wanted |= LOCK_NB;
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	if (lock(fd, wanted, mount->cancel_fd, err) < 0)
		return -1;
	if (!is_in_place(layout, path, fd))
		return 0;
	if (is_complete(fd)) {
		*place_fd = take_fd(&fd);
		return 1;
	}
	if (wanted == LOCK_SH && lock_to_make(fd, mount->cancel_fd, err) < 0)
		return -1;
	if (is_in_place(layout, path, fd) && !is_complete(fd) && make(mount, fd, err) < 0)
		return -1;
	return 0;
}

static int open_numbered(const struct layout *layout, const struct build_cache_mount *mount,
			 unsigned number, int *lock_fd, struct error *err)
{
	auto_arena struct arena arena = {0};
	char key[DIGEST_HEX_SIZE], path[96];
	struct build_record record;
	auto_close int place = -1;
	int result, fd;

	make_key(key, mount->id, number);
	mount_path(path, key);
	do
		result = take(layout, path, mount, &place, err);
	while (result == 0);
	if (result < 0)
		return -1;
	if (build_record_load(place, BUILD_MOUNT_RECORD, &record, &arena))
		build_record_touch(place, BUILD_MOUNT_RECORD, &record);
	fd = openat(place, "data", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "cannot open '%s/%s/data'", layout->root, path);
	*lock_fd = take_fd(&place);
	return fd;
}

int build_cache_open_mount(const struct layout *layout, const struct build_cache_mount *mount,
			   int *lock_fd, struct error *err)
{
	struct error problem = {0};

	if (file_make_directories(layout->root_fd, BUILD_MOUNTS, 0700, err) < 0)
		return -1;
	for (unsigned number = 0; number < MOST_PRIVATE; number++) {
		int fd = open_numbered(layout, mount, number, lock_fd, &problem);

		if (fd >= 0)
			return fd;
		if (problem.code != ERROR_BUSY)
			break;
	}
	error_pass(err, &problem);
	return error_wrap(err, "cache mount '%.100s'", mount->id);
}
