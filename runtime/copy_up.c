/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/copy_up.h"

#include "base/cleanup.h"
#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define DEEPEST 64

/* What is copied: where it lies, where it goes to, and what it is. */
struct entry {
	int from, to;
	const char *name;
	struct stat about;
};

static int fail(const struct entry *entry, struct error *err)
{
	return error_errno(err, "cannot copy '%s'", entry->name);
}

/* What the target's file system has no place for stays behind. */
static void copy_attributes(int from, int to)
{
	char names[XATTR_LIST_MAX > 4096 ? 4096 : XATTR_LIST_MAX], value[4096];
	ssize_t length = flistxattr(from, names, sizeof(names));

	for (ssize_t at = 0; at < length; at += (ssize_t)strlen(names + at) + 1) {
		ssize_t size = fgetxattr(from, names + at, value, sizeof(value));

		if (size >= 0)
			(void)!fsetxattr(to, names + at, value, (size_t)size, 0);
	}
}

/* Owner first: changing it takes set-user-ID bits and capabilities away. */
static int finish(int from, int to, const struct entry *entry, struct error *err)
{
	const struct timespec times[2] = {entry->about.st_atim, entry->about.st_mtim};

	if (fchown(to, entry->about.st_uid, entry->about.st_gid) < 0 ||
	    fchmod(to, entry->about.st_mode & 07777) < 0)
		return fail(entry, err);
	copy_attributes(from, to);
	return futimens(to, times) < 0 ? fail(entry, err) : 0;
}

static int copy_file(const struct entry *entry, struct error *err)
{
	auto_close int from = openat(entry->from, entry->name,
				     O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	auto_close int to = from < 0 ? -1
				     : openat(entry->to, entry->name,
					      O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ssize_t n;

	if (to < 0)
		return fail(entry, err);
	do
		n = sendfile(to, from, NULL, 1 << 30);
	while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? fail(entry, err) : finish(from, to, entry, err);
}

static int copy_link(const struct entry *entry, struct error *err)
{
	const struct timespec times[2] = {entry->about.st_atim, entry->about.st_mtim};
	char target[PATH_MAX];
	ssize_t length = readlinkat(entry->from, entry->name, target, sizeof(target) - 1);

	if (length < 0)
		return fail(entry, err);
	target[length] = '\0';
	if (symlinkat(target, entry->to, entry->name) < 0 ||
	    fchownat(entry->to, entry->name, entry->about.st_uid, entry->about.st_gid,
		     AT_SYMLINK_NOFOLLOW) < 0 ||
	    utimensat(entry->to, entry->name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(entry, err);
	return 0;
}

static int copy_node(const struct entry *entry, struct error *err)
{
	mode_t mask = umask(0);
	int rc = mknodat(entry->to, entry->name, entry->about.st_mode, entry->about.st_rdev);

	umask(mask);
	if (rc < 0 || fchownat(entry->to, entry->name, entry->about.st_uid, entry->about.st_gid,
			       AT_SYMLINK_NOFOLLOW) < 0)
		return fail(entry, err);
	return 0;
}

static int copy_content(int from, int to, int depth, struct error *err);

static int copy_directory(const struct entry *entry, int depth, struct error *err)
{
	auto_close int from =
		openat(entry->from, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	auto_close int to = -1;

	if (from < 0 || mkdirat(entry->to, entry->name, 0700) < 0)
		return fail(entry, err);
	to = openat(entry->to, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (to < 0)
		return fail(entry, err);
	if (copy_content(from, to, depth + 1, err) < 0)
		return error_wrap(err, "'%s'", entry->name);
	return finish(from, to, entry, err);
}

static int copy_entry(const struct entry *entry, int depth, struct error *err)
{
	switch (entry->about.st_mode & S_IFMT) {
	case S_IFDIR:
		return copy_directory(entry, depth, err);
	case S_IFREG:
		return copy_file(entry, err);
	case S_IFLNK:
		return copy_link(entry, err);
	default:
		return copy_node(entry, err);
	}
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int copy_content(int from, int to, int depth, struct error *err)
{
	int list = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *directory = list < 0 ? NULL : fdopendir(list);
	struct stat here;
	struct dirent *item;

	if (!directory || fstat(from, &here) < 0)
		return error_errno(err, "cannot list a directory");
	if (depth > DEEPEST)
		return error_set(err, ERROR_INVALID, "more than %d directories deep", DEEPEST);
	while ((item = readdir(directory))) {
		struct entry entry = {.from = from, .to = to, .name = item->d_name};

		if (is_dots(item->d_name))
			continue;
		if (fstatat(from, entry.name, &entry.about, AT_SYMLINK_NOFOLLOW) < 0)
			return fail(&entry, err);
		/* Only of directories does an overlay's device say in which file system they are.
		 */
		if (S_ISDIR(entry.about.st_mode) && entry.about.st_dev != here.st_dev)
			continue;
		if (copy_entry(&entry, depth, err) < 0)
			return -1;
	}
	return 0;
}

int copy_up(int from_fd, int to_fd, struct error *err)
{
	return copy_content(from_fd, to_fd, 0, err);
}
