/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/build_cache/build_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "storage/build_cache/build_cache_private.h"
#include "storage/build_cache/build_record.h"

#define LONGEST_WAIT 50 /* ms between two attempts */

static void record_path(char path[128], const char *key)
{
	snprintf(path, 128, BUILD_RECORDS "/%.64s.json", key);
}

int build_cache_find(const struct layout *layout, const char *key, struct build_record *record,
		     struct arena *arena, struct error *err)
{
	char path[128];

	if (!build_record_is_key(key))
		return error_set(err, ERROR_INVALID, "'%.80s' is not the key of a build step", key);
	record_path(path, key);
	if (!build_record_load(layout->root_fd, path, record, arena) ||
	    !build_record_is_whole(layout, record))
		return 0;
	record->key = key;
	build_record_touch(layout->root_fd, path, record);
	return 1;
}

int build_cache_put(const struct layout *layout, const struct build_record *record,
		    struct error *err)
{
	struct build_record copy = *record;
	char path[128];

	if (!build_record_is_key(record->key))
		return error_set(err, ERROR_INVALID, "'%.80s' is not the key of a build step",
				 record->key);
	if (!copy.created_s)
		copy.created_s = time(NULL);
	if (!copy.kind)
		copy.kind = "regular";
	record_path(path, record->key);
	if (file_make_directories(layout->root_fd, BUILD_RECORDS, 0700, err) < 0 ||
	    build_record_save(layout->root_fd, path, &copy, err) < 0)
		return error_wrap(err, "cannot note a build step");
	return 0;
}

/* ---- locks -------------------------------------------------------------------------------------
 */

/* One byte of one file stands for each key: nothing is left behind by so many of them, and that two
 * keys share a byte only makes one wait for the other. */
static struct flock lock_of(const char *key, short type)
{
	char digits[16] = {0};

	memcpy(digits, key, 15);
	return (struct flock){
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = (off_t)strtoull(digits, NULL, 16),
		.l_len = 1,
	};
}

static int open_locks(const struct layout *layout, struct error *err)
{
	int fd;

	if (file_make_directories(layout->root_fd, "build", 0700, err) < 0)
		return -1;
	fd = openat(layout->root_fd, BUILD_LOCKS, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	return fd < 0 ? error_errno(err, "cannot open '%s/%s'", layout->root, BUILD_LOCKS) : fd;
}

int build_cache_wait(int cancel_fd, int *pause_ms, struct error *err)
{
	struct pollfd cancel = {.fd = cancel_fd, .events = POLLIN};

	if (poll(&cancel, 1, *pause_ms) > 0)
		return error_set(err, ECANCELED, "the build was cancelled");
	if (*pause_ms < LONGEST_WAIT)
		*pause_ms *= 2;
	return 0;
}

int build_cache_lock(const struct layout *layout, const char *key, int cancel_fd, struct error *err)
{
	auto_close int fd = open_locks(layout, err);
	struct flock lock = lock_of(key, F_WRLCK);
	int pause_ms = 1;

	if (fd < 0)
		return -1;
	while (fcntl(fd, F_OFD_SETLK, &lock) < 0) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return error_errno(err, "cannot lock a build step");
		if (build_cache_wait(cancel_fd, &pause_ms, err) < 0)
			return -1;
	}
	return take_fd(&fd);
}

bool build_cache_is_locked(int locks_fd, const char *key)
{
	struct flock lock = lock_of(key, F_WRLCK);

	return locks_fd >= 0 && fcntl(locks_fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}
