/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/logs/log_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"

/* Longest name: files->name, '.', ten digits. */
#define NAME_SIZE (NAME_MAX + 16)

/* A log that rotates faster than a reader can list it twice is beyond help. */
#define ATTEMPTS 200

struct entry {
	unsigned number;
	ino_t inode;
};

struct listing {
	struct entry *entries; /* by number: newest first */
	size_t count;
};

int log_files_init(struct log_files *files, int dirfd, const char *id, struct error *err)
{
	size_t size = sizeof(files->name);

	files->dirfd = dirfd;
	if ((size_t)snprintf(files->name, size, "%s-json.log", id) >= size - 16)
		return error_set(err, ERROR_INVALID, "cannot name a log '%s': too long", id);
	return 0;
}

static void format_name(const struct log_files *files, unsigned number, char name[NAME_SIZE])
{
	if (number)
		snprintf(name, NAME_SIZE, "%s.%u", files->name, number);
	else
		snprintf(name, NAME_SIZE, "%s", files->name);
}

static bool parse_name(const struct log_files *files, const char *name, unsigned *number)
{
	size_t length = strlen(files->name);
	int64_t value;

	*number = 0;
	if (strncmp(name, files->name, length) != 0)
		return false;
	if (!name[length])
		return true;
	if (name[length] != '.' || units_parse_int(&value, name + length + 1, 1, INT_MAX, NULL) < 0)
		return false;
	*number = (unsigned)value;
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct entry *one = a, *other = b;

	return (one->number > other->number) - (one->number < other->number);
}

static int list(const struct log_files *files, struct listing *listing, struct error *err)
{
	int fd = openat(files->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *found;
	struct stat status;
	unsigned number;

	listing->count = 0;
	if (fd < 0 && errno == ENOENT) /* the container has been removed */
		return 0;
	if (!dir) {
		error_errno(err, "cannot list the directory of '%s'", files->name);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while ((found = readdir(dir))) {
		if (!parse_name(files, found->d_name, &number) ||
		    fstatat(files->dirfd, found->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(status.st_mode))
			continue;
		listing->entries = alloc_resize(listing->entries, listing->count + 1,
						sizeof(*listing->entries));
		listing->entries[listing->count++] = (struct entry){number, status.st_ino};
	}
	if (listing->count)
		qsort(listing->entries, listing->count, sizeof(*listing->entries), compare);
	return 0;
}

static bool is_same(const struct listing *a, const struct listing *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->entries[i].number != b->entries[i].number ||
		    a->entries[i].inode != b->entries[i].inode)
			return false;
	return true;
}

static const struct entry *choose(const struct listing *listing, enum log_files_which which,
				  ino_t given)
{
	size_t at = 0;

	if (listing->count == 0)
		return NULL;
	if (which == LOG_FILES_NEWEST)
		return &listing->entries[0];
	if (which == LOG_FILES_OLDEST)
		return &listing->entries[listing->count - 1];
	while (at < listing->count && listing->entries[at].inode != given)
		at++;
	if (which == LOG_FILES_OLDER)
		return at + 1 < listing->count ? &listing->entries[at + 1] : NULL;
	if (at == listing->count)
		return &listing->entries[at - 1];
	return at > 0 ? &listing->entries[at - 1] : NULL;
}

static int open_entry(const struct log_files *files, const struct entry *entry)
{
	char name[NAME_SIZE];
	auto_close int fd = -1;
	struct stat status;

	format_name(files, entry->number, name);
	fd = openat(files->dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &status) < 0)
		return -1;
	if (status.st_ino != entry->inode) {
		errno = ENOENT;
		return -1;
	}
	return take_fd(&fd);
}

int log_files_open(const struct log_files *files, enum log_files_which which, ino_t given, int *fd,
		   struct error *err)
{
	struct listing before = {0}, after = {0};
	int result = -1;

	for (int attempt = 1; result < 0; attempt++) {
		const struct entry *entry;
		auto_close int opened = -1;
		bool is_settled;

		if (list(files, &before, err) < 0)
			break;
		entry = choose(&before, which, given);
		opened = entry ? open_entry(files, entry) : -1;
		if (entry && opened < 0 && errno != ENOENT) {
			error_errno(err, "cannot open the log file '%s'", files->name);
			break;
		}
		if (list(files, &after, err) < 0)
			break;
		is_settled = is_same(&before, &after) || attempt > ATTEMPTS;
		if (attempt > 2 * ATTEMPTS) {
			error_set(err, ERROR_BUSY,
				  "cannot open the log file '%s': it is rotated too fast",
				  files->name);
			break;
		}
		if (!is_settled || (entry && opened < 0))
			continue;
		result = entry != NULL;
		if (entry)
			*fd = take_fd(&opened);
	}
	free(before.entries);
	free(after.entries);
	return result;
}

bool log_files_is_current(const struct log_files *files, ino_t inode)
{
	struct stat status;

	return fstatat(files->dirfd, files->name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       status.st_ino == inode;
}

int log_files_open_current(const struct log_files *files, int *fd, struct error *err)
{
	*fd = openat(files->dirfd, files->name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (*fd < 0)
		return error_errno(err, "cannot open the log file '%s'", files->name);
	return 0;
}

int log_files_rotate(const struct log_files *files, int max_files, struct error *err)
{
	char from[NAME_SIZE], to[NAME_SIZE];
	unsigned gap = 1;

	if (max_files < 2) {
		if (unlinkat(files->dirfd, files->name, 0) < 0 && errno != ENOENT)
			return error_errno(err, "cannot remove the log file '%s'", files->name);
		return 0;
	}
	for (; gap < (unsigned)max_files - 1; gap++) {
		format_name(files, gap, to);
		if (faccessat(files->dirfd, to, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
			break;
	}
	for (; gap >= 1; gap--) {
		format_name(files, gap - 1, from);
		format_name(files, gap, to);
		if (renameat(files->dirfd, from, files->dirfd, to) < 0 && errno != ENOENT)
			return error_errno(err, "cannot rename the log file '%s' to '%s'", from,
					   to);
	}
	return 0;
}
