/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define REMOVE_ATTEMPTS 100

int file_open(int dirfd, const char *path, int flags, struct error *err)
{
	auto_close int fd =
		openat(dirfd, path, flags | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat status;
	int problem = errno;

	/* Nobody has the other end of a FIFO open, or it is a socket. */
	if ((fd < 0 && problem == ENXIO) ||
	    (fd >= 0 && fstat(fd, &status) == 0 && !S_ISREG(status.st_mode)))
		return error_set(err, ERROR_INVALID, "cannot open '%s': not a regular file", path);
	errno = problem;
	return fd < 0 ? error_errno(err, "cannot open '%s'", path) : take_fd(&fd);
}

int file_read(int dirfd, const char *path, size_t limit, struct strbuf *out, struct error *err)
{
	auto_close int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	if (fd < 0)
		return error_errno(err, "cannot open '%s'", path);
	if (fstat(fd, &status) < 0)
		return error_errno(err, "cannot read '%s'", path);
	if (!S_ISREG(status.st_mode))
		return error_set(err, ERROR_INVALID, "cannot read '%s': not a regular file", path);
	if (status.st_size > 0 && (size_t)status.st_size > limit)
		return error_set(err, ERROR_INVALID, "cannot read '%s': larger than %zu bytes",
				 path, limit);
	for (size_t total = 0;;) {
		size_t room = status.st_size > 0 ? (size_t)status.st_size + 1 : 4096;
		char *end = strbuf_reserve(out, room);
		ssize_t n = read(fd, end, room);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "cannot read '%s'", path);
		end[n] = '\0';
		out->length += (size_t)n;
		total += (size_t)n;
		if (n == 0)
			return 0;
		if (total > limit)
			return error_set(err, ERROR_INVALID,
					 "cannot read '%s': larger than %zu bytes", path, limit);
	}
}

int file_write_all(int fd, const void *bytes, size_t length, struct error *err)
{
	const char *at = bytes;

	while (length > 0) {
		ssize_t n = write(fd, at, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "cannot write");
		at += n;
		length -= (size_t)n;
	}
	return 0;
}

static int sync_parent(int dirfd, const char *path)
{
	auto_free char *parent = alloc_string(path);
	char *slash = strrchr(parent, '/');
	auto_close int fd = -1;

	if (slash)
		*slash = '\0';
	fd = openat(dirfd, slash ? (slash == parent ? "/" : parent) : ".",
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -1 : fsync(fd);
}

struct replacement {
	const void *bytes;
	size_t length;
	mode_t mode;
	bool is_durable;
};

/* "/var/lib/coracle/networks/": a name alone does not say which disk is full, or read-only. */
static const char *directory_of(char out[PATH_MAX + 1], int dirfd, const char *path)
{
	char link[40];
	ssize_t n;

	out[0] = '\0';
	snprintf(link, sizeof(link), "/proc/self/fd/%d", dirfd);
	n = *path == '/' || dirfd < 0 ? -1 : readlink(link, out, PATH_MAX - 1);
	if (n > 0)
		memcpy(out + n, "/", 2);
	return out;
}

/* An empty directory that somebody has put there is in nobody's way. */
static int rename_over(int dirfd, const char *temporary, const char *path)
{
	if (renameat(dirfd, temporary, dirfd, path) == 0)
		return 0;
	if (errno != EISDIR || unlinkat(dirfd, path, AT_REMOVEDIR) < 0)
		return -1;
	return renameat(dirfd, temporary, dirfd, path);
}

static int replace(int dirfd, const char *path, const struct replacement *with, struct error *err)
{
	auto_free char *temporary = alloc_format("%s.%d.tmp", path, (int)getpid());
	char directory[PATH_MAX + 1];
	auto_close int fd = -1;

	unlinkat(dirfd, temporary, 0); /* left by a killed process that had our pid */
	fd = openat(dirfd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, with->mode);
	if (fd < 0)
		return error_errno(err, "cannot create '%s%s'",
				   directory_of(directory, dirfd, path), path);
	if (fchmod(fd, with->mode) < 0 || file_write_all(fd, with->bytes, with->length, NULL) < 0 ||
	    (with->is_durable && fsync(fd) < 0) || rename_over(dirfd, temporary, path) < 0) {
		error_errno(err, "cannot write '%s%s'", directory_of(directory, dirfd, path), path);
		unlinkat(dirfd, temporary, 0);
		return -1;
	}
	if (with->is_durable && sync_parent(dirfd, path) < 0)
		return error_errno(err, "cannot sync the directory of '%s'", path);
	return 0;
}

int file_replace(int dirfd, const char *path, const void *bytes, size_t length, mode_t mode,
		 struct error *err)
{
	const struct replacement with = {bytes, length, mode, true};

	return replace(dirfd, path, &with, err);
}

int file_replace_volatile(int dirfd, const char *path, const void *bytes, size_t length,
			  mode_t mode, struct error *err)
{
	const struct replacement with = {bytes, length, mode, false};

	return replace(dirfd, path, &with, err);
}

void file_remove_stale(int dirfd, const char *name)
{
	size_t length = strlen(name), at = length - 4;
	pid_t pid = 0, digit = 1;

	if (length < 7 || strcmp(name + at, ".tmp") != 0)
		return;
	for (; at > 0 && name[at - 1] >= '0' && name[at - 1] <= '9' && digit <= 100000000;
	     at--, digit *= 10)
		pid += (name[at - 1] - '0') * digit;
	if (pid > 0 && at > 1 && name[at - 1] == '.' && kill(pid, 0) < 0 && errno == ESRCH)
		unlinkat(dirfd, name, 0);
}

int file_write_pseudo(int dirfd, const char *path, const char *text, struct error *err)
{
	auto_close int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, "cannot open '%s'", path);
	if (write(fd, text, strlen(text)) < 0)
		return error_errno(err, "cannot write '%s' to '%s'", text, path);
	return 0;
}

static bool is_cancelled(int cancel_fd)
{
	struct pollfd poll_fd = {.fd = cancel_fd, .events = POLLIN};

	return cancel_fd > 0 && poll(&poll_fd, 1, 0) > 0;
}

static int lock(int dirfd, const char *path, int operation, int cancel_fd, struct error *err)
{
	auto_close int fd = openat(dirfd, path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return error_errno(err, "cannot open the lock '%s'", path);
	while (flock(fd, operation) < 0) {
		if (errno == EINTR && is_cancelled(cancel_fd))
			return error_set(err, ECANCELED, "interrupted");
		if (errno == EINTR)
			continue;
		if (errno == EWOULDBLOCK)
			return error_set(err, ERROR_BUSY, "'%s' is locked by another process",
					 path);
		return error_errno(err, "cannot lock '%s'", path);
	}
	return take_fd(&fd);
}

int file_lock(int dirfd, const char *path, bool exclusive, bool wait, struct error *err)
{
	return lock(dirfd, path, (exclusive ? LOCK_EX : LOCK_SH) | (wait ? 0 : LOCK_NB), 0, err);
}

int file_lock_until(int dirfd, const char *path, int cancel_fd, struct error *err)
{
	return lock(dirfd, path, LOCK_EX, cancel_fd, err);
}

int file_make_directories(int dirfd, const char *path, mode_t mode, struct error *err)
{
	auto_free char *copy = alloc_string(path);

	for (char *at = copy + (*copy == '/'); *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		if (mkdirat(dirfd, copy, mode) < 0 && errno != EEXIST)
			return error_errno(err, "cannot create the directory '%s'", copy);
		*at = '/';
	}
	if (mkdirat(dirfd, copy, mode) < 0 && errno != EEXIST)
		return error_errno(err, "cannot create the directory '%s'", copy);
	return 0;
}

static int remove_below(int fd, dev_t device, const char *path, struct error *err);

/* @device: where it has to be; NULL: anywhere. In a directory somebody may be making something
 * while we go through it: so again, but not for ever. */
static int remove_entry(int dirfd, const char *name, const dev_t *device, const char *path,
			struct error *err)
{
	for (int attempt = 0;; attempt++) {
		auto_close int fd = -1;
		struct stat status;

		if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
			return 0;
		if (errno != EISDIR && errno != EPERM)
			return error_errno(err, "cannot remove '%s%s'", path, name);
		fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			return 0;
		if (fd < 0 || fstat(fd, &status) < 0)
			return error_errno(err, "cannot open '%s%s' to remove it", path, name);
		if (device && status.st_dev != *device)
			return error_set(err, ERROR_BUSY,
					 "cannot remove '%s%s': it is a mount point", path, name);
		if (remove_below(take_fd(&fd), status.st_dev, name, err) < 0)
			return -1;
		if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return 0;
		if (errno != ENOTEMPTY || attempt == REMOVE_ATTEMPTS)
			return error_errno(err, "cannot remove '%s%s'", path, name);
	}
}

/* Closes @fd. */
static int remove_below(int fd, dev_t device, const char *path, struct error *err)
{
	auto_closedir DIR *dir = fdopendir(fd);
	auto_free char *place = alloc_format("%s/", path);
	struct dirent *entry;

	if (!dir) {
		close(fd);
		return error_errno(err, "cannot list '%s'", path);
	}
	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (remove_entry(fd, entry->d_name, &device, place, err) < 0)
			return -1;
	}
	return 0;
}

int file_remove_tree(int dirfd, const char *path, struct error *err)
{
	return remove_entry(dirfd, path, NULL, "", err);
}

int file_is_empty_directory(int fd, struct error *err)
{
	auto_closedir DIR *dir = NULL;
	auto_close int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;

	dir = copy < 0 ? NULL : fdopendir(copy);
	if (!dir)
		return error_errno(err, "cannot read a directory");
	copy = -1; /* dir's now */
	errno = 0;
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    strcmp(entry->d_name, "lost+found") != 0)
			return 0;
	return errno ? error_errno(err, "cannot read a directory") : 1;
}
