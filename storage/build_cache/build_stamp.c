/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/build_cache/build_stamp.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "storage/build_cache/build_record.h"

#define STAMP	      "build/kept"
#define EVERY_S	      86400 /* the age of records is looked at so often */
#define EVERY_MOUNT_S 600   /* cache mounts grow without a record of it */

struct stamp {
	struct timespec time;
	int64_t bytes;
};

static bool read_stamp(const struct layout *layout, struct stamp *stamp)
{
	auto_strbuf struct strbuf text = {0};
	struct stat status;

	if (fstatat(layout->root_fd, STAMP, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
	    file_read(layout->root_fd, STAMP, 64, &text, NULL) < 0 || !text.length)
		return false;
	stamp->time = status.st_mtim;
	stamp->bytes = strtoll(strbuf_text(&text), NULL, 10);
	return stamp->bytes >= 0;
}

static bool is_newer(int dirfd, const char *name, const struct timespec *than)
{
	struct stat status;

	return fstatat(dirfd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       !units_is_earlier(&status.st_mtim, than);
}

/* Adds what the record takes, if it was made since. False: it is damaged. */
static bool add_record(int dirfd, const char *name, struct stamp *stamp)
{
	auto_arena struct arena arena = {0};
	struct build_record record = {0};

	if (build_record_load(dirfd, name, &record, &arena) != 1)
		return false;
	if (record.created_s >= stamp->time.tv_sec)
		stamp->bytes += record.size;
	return true;
}

/* Files that are newer may also only have been used. */
static bool add_news(const struct layout *layout, struct stamp *stamp)
{
	auto_closedir DIR *directory = NULL;
	int fd = openat(layout->root_fd, BUILD_RECORDS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *entry;

	directory = fd < 0 ? NULL : fdopendir(fd);
	if (!directory)
		return false;
	while ((entry = readdir(directory)))
		if (entry->d_name[0] != '.' &&
		    is_newer(dirfd(directory), entry->d_name, &stamp->time) &&
		    !add_record(dirfd(directory), entry->d_name, stamp))
			return false;
	return true;
}

static bool has_mounts(const struct layout *layout)
{
	struct stat status;

	return fstatat(layout->root_fd, BUILD_MOUNTS, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

bool build_stamp_is_fresh(const struct layout *layout, int64_t limit, const struct timespec *now)
{
	struct stamp stamp;
	int64_t age_s;

	if (!read_stamp(layout, &stamp))
		return false;
	age_s = now->tv_sec - stamp.time.tv_sec;
	if (age_s < 0 || age_s >= (has_mounts(layout) ? EVERY_MOUNT_S : EVERY_S) ||
	    is_newer(layout->root_fd, BUILD_MOUNTS, &stamp.time))
		return false;
	return !limit || (add_news(layout, &stamp) && stamp.bytes <= limit);
}

void build_stamp_set(const struct layout *layout, int64_t bytes, const struct timespec *then)
{
	auto_close int fd = -1;
	char text[32];

	snprintf(text, sizeof(text), "%lld\n", (long long)bytes);
	if (file_replace_volatile(layout->root_fd, STAMP, text, strlen(text), 0600, NULL) < 0)
		return;
	fd = openat(layout->root_fd, STAMP, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		futimens(fd, (struct timespec[]){*then, *then});
}
