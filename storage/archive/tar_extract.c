/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/archive/tar_extract.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "storage/archive/compress.h"
#include "storage/archive/layer_diff.h"
#include "storage/archive/tarball.h"
#include "storage/archive/tree.h"

/* Directory times are set last: every entry in it would change them. */
struct late_time {
	char *path;
	struct timespec mtime;
};

struct run {
	struct tar_extract *extract;
	struct compress_reader *reader;
	struct tarball_reader tar;
	struct arena arena;
	struct late_time *times;
	size_t time_count;
	char *parent; /* the directory that parent_fd is */
	int parent_fd;
};

/* One entry and where it goes. */
struct item {
	struct run *run;
	struct tarball_entry entry;
	int parent_fd;	  /* the run's */
	const char *name; /* in it */
};

static ssize_t pull(void *data, const void **chunk, struct error *err)
{
	struct run *run = data;

	return compress_read(run->reader, chunk, err);
}

/* Without ".", ".." and slashes at either end; malloc'ed, "" for the directory itself. */
static char *clean(const char *name, struct error *err)
{
	auto_free char *path = NULL;

	while (*name == '/')
		name++;
	path = path_clean(name);
	if (strcmp(path, "..") == 0 || strncmp(path, "../", 3) == 0) {
		error_set(err, ERROR_INVALID, "the name leads out of the archive");
		return NULL;
	}
	if (strcmp(path, ".") == 0)
		*path = '\0';
	return take_ptr(path);
}

/* ---- directories on the way --------------------------------------------------------------------
 */

/* Where @path, a cleaned one of the archive, is seen from what is walked. */
static char *place_of(const struct tar_extract *extract, const char *path)
{
	if (extract->root_fd < 0)
		return alloc_string(*path ? path : ".");
	return *path ? alloc_format("%s/%s", extract->path, path) : alloc_string(extract->path);
}

static int check_place(int fd, const char *path, struct error *err)
{
	if (layer_diff_is_pseudo(fd))
		return error_set(err, ERROR_INVALID,
				 "'%s' is in a file system that the kernel makes up", path);
	return 0;
}

static int open_directory(const struct tar_extract *extract, const char *path, struct error *err)
{
	auto_free char *place = place_of(extract, path);
	bool has_root = extract->root_fd >= 0;

	return path_open(has_root ? extract->root_fd : extract->directory_fd, place,
			 has_root ? PATH_IN_ROOT : PATH_NO_LINKS, O_RDONLY | O_DIRECTORY, err);
}

/* An archive need not name the directories of its files. */
static int make_directory(struct run *run, const char *path, struct error *err)
{
	const struct tar_extract *extract = run->extract;
	auto_free char *parent = alloc_string(path);
	char *slash = strrchr(parent, '/');
	auto_close int parent_fd = -1;
	struct error problem = {0};
	int fd = open_directory(extract, path, &problem);

	if (fd >= 0)
		return fd;
	if (problem.code != ENOENT || !*path)
		return error_pass(err, &problem);
	*(slash ? slash : parent) = '\0';
	parent_fd = make_directory(run, parent, err);
	if (parent_fd < 0 || check_place(parent_fd, parent, err) < 0)
		return -1;
	if (mkdirat(parent_fd, path + (slash ? slash + 1 - parent : 0), 0755) < 0 &&
	    errno != EEXIST)
		return error_errno(err, "cannot create the directory '%s'", path);
	fd = open_directory(extract, path, err);
	if (fd >= 0 && extract->sets_owner && fchown(fd, extract->uid, extract->gid) < 0) {
		close(fd);
		return error_errno(err, "cannot set the owner of '%s'", path);
	}
	return fd;
}

/* Most entries are in the same directory as the one before. */
static int find_parent(struct run *run, const char *path, struct item *item, struct error *err)
{
	const char *slash = strrchr(path, '/');
	auto_free char *parent = alloc_string_n(path, slash ? (size_t)(slash - path) : 0);

	if (!run->parent || strcmp(run->parent, parent) != 0) {
		auto_close int fd = make_directory(run, parent, err);

		if (fd < 0 || check_place(fd, parent, err) < 0)
			return -1;
		cleanup_close(&run->parent_fd);
		run->parent_fd = take_fd(&fd);
		free(run->parent);
		run->parent = take_ptr(parent);
	}
	item->parent_fd = run->parent_fd;
	item->name = path + (slash ? slash + 1 - path : 0);
	return 0;
}

/* ---- entries -----------------------------------------------------------------------------------
 */

static uid_t owner_of(const struct item *item)
{
	const struct tar_extract *extract = item->run->extract;

	return extract->sets_owner ? extract->uid : item->entry.uid;
}

static gid_t group_of(const struct item *item)
{
	const struct tar_extract *extract = item->run->extract;

	return extract->sets_owner ? extract->gid : item->entry.gid;
}

static int set_xattrs(const struct item *item, int dirfd, const char *name, struct error *err)
{
	const char *key;
	const void *value;
	size_t length;

	while (tarball_xattr(&item->run->tar, &key, &value, &length))
		if (tree_keeps_xattr(key) &&
		    tree_set_xattr(dirfd, name, key, value, length, err) < 0)
			return -1;
	return 0;
}

/* May what stands there, if anything, be replaced? */
static int check_replaced(const struct item *item, struct error *err)
{
	struct stat status;

	if (fstatat(item->parent_fd, item->name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : error_errno(err, "cannot examine it");
	if (S_ISDIR(status.st_mode))
		return error_set(err, ERROR_INVALID,
				 "cannot overwrite a directory with what is none");
	if (item->run->extract->is_host && !S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode))
		return error_set(err, ERROR_INVALID,
				 "a device, named pipe or socket is there: it is not replaced");
	return 0;
}

/* Makes way for something that is not a directory. */
static int clear(const struct item *item, struct error *err)
{
	if (check_replaced(item, err) < 0)
		return -1;
	if (unlinkat(item->parent_fd, item->name, 0) < 0 && errno != ENOENT)
		return error_errno(err, "cannot replace it");
	return 0;
}

static int create_file(const struct item *item, const char *name)
{
	return openat(item->parent_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		      0600);
}

static int create_symlink(const struct item *item)
{
	return symlinkat(item->entry.symlink, item->parent_fd, item->name);
}

/* With the mode as it is: a chmod by name could follow a link that has taken its place. */
static int create_node(const struct item *item)
{
	mode_t mask = umask(0);
	int result = mknodat(item->parent_fd, item->name, item->entry.type | item->entry.mode,
			     item->entry.device);
	int reason = errno;

	umask(mask);
	errno = reason;
	return result;
}

static int create_anew(const struct item *item, int (*create)(const struct item *item),
		       struct error *err)
{
	int result = create(item);

	if (result < 0 && errno == EEXIST) {
		if (clear(item, err) < 0)
			return -1;
		result = create(item);
	}
	return result < 0 ? error_errno(err, "cannot create it") : result;
}

/* Something is mounted on it: it cannot be replaced, but written to. */
static bool is_mounted(const struct item *item)
{
	struct statx status;

	return statx(item->parent_fd, item->name, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &status) == 0 &&
	       S_ISREG(status.stx_mode) && status.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

static int open_mounted(const struct item *item, struct error *err)
{
	auto_close int path_fd =
		openat(item->parent_fd, item->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;
	char path[40];
	int fd;

	if (path_fd < 0 || fstat(path_fd, &status) < 0)
		return error_errno(err, "cannot examine it");
	if (!S_ISREG(status.st_mode) || layer_diff_is_pseudo(path_fd))
		return error_number(err, EBUSY, "cannot replace it");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", path_fd);
	fd = open(path, O_WRONLY | O_TRUNC | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 ? error_errno(err, "cannot write to it") : fd;
}

static int write_data(const struct item *item, int fd, struct error *err)
{
	int64_t at = 0, offset;
	const void *chunk;
	ssize_t n;

	while ((n = tarball_data(&item->run->tar, &chunk, &offset, err)) > 0) {
		if (offset != at && lseek(fd, offset, SEEK_SET) < 0)
			return error_errno(err, "cannot seek");
		if (file_write_all(fd, chunk, (size_t)n, err) < 0)
			return -1;
		at = offset + n;
	}
	if (n == 0 && at < item->entry.size && ftruncate(fd, item->entry.size) < 0)
		return error_errno(err, "cannot set the size to %jd bytes",
				   (intmax_t)item->entry.size);
	return n < 0 ? -1 : 0;
}

/* The order counts: chown clears set-id bits and capabilities, and times come last. */
static int finish_file(const struct item *item, int fd, struct error *err)
{
	const struct tarball_entry *entry = &item->entry;

	if (fchown(fd, owner_of(item), group_of(item)) < 0 || fchmod(fd, entry->mode) < 0)
		return error_errno(err, "cannot set owner and mode");
	if (set_xattrs(item, fd, NULL, err) < 0)
		return -1;
	if (futimens(fd, (struct timespec[]){entry->mtime, entry->mtime}) < 0)
		return error_errno(err, "cannot set the times");
	return 0;
}

/* At once: whoever reads it meanwhile, or after a failure, has the old one. */
static int replace_file(const struct item *item, struct error *err)
{
	auto_close int fd = -1;
	char temporary[40];

	if (is_mounted(item)) {
		fd = open_mounted(item, err);
		return fd < 0 ? -1 : write_data(item, fd, err);
	}
	if (check_replaced(item, err) < 0)
		return -1;
	snprintf(temporary, sizeof(temporary), ".coracle-%d.tmp", (int)getpid());
	fd = create_file(item, temporary);
	if (fd < 0)
		return error_errno(err, "cannot create it");
	if (write_data(item, fd, err) == 0 && finish_file(item, fd, err) == 0) {
		if (renameat(item->parent_fd, temporary, item->parent_fd, item->name) == 0)
			return 0;
		error_errno(err, "cannot replace it");
	}
	unlinkat(item->parent_fd, temporary, 0);
	return -1;
}

static int extract_file(const struct item *item, struct error *err)
{
	auto_close int fd = create_file(item, item->name);

	if (fd < 0 && errno == EEXIST)
		return replace_file(item, err);
	if (fd < 0)
		return error_errno(err, "cannot create it");
	return write_data(item, fd, err) < 0 ? -1 : finish_file(item, fd, err);
}

/* Links, devices, FIFOs: no descriptor without opening, so by name below the parent. */
static int extract_special(const struct item *item, struct error *err)
{
	const struct tarball_entry *entry = &item->entry;

	if (entry->symlink && !*entry->symlink)
		return error_set(err, ERROR_INVALID, "the link has no target");
	if (create_anew(item, entry->symlink ? create_symlink : create_node, err) < 0)
		return -1;
	if (fchownat(item->parent_fd, item->name, owner_of(item), group_of(item),
		     AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "cannot set the owner");
	if (set_xattrs(item, item->parent_fd, item->name, err) < 0)
		return -1;
	if (utimensat(item->parent_fd, item->name, (struct timespec[]){entry->mtime, entry->mtime},
		      AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "cannot set the times");
	return 0;
}

static void remember_time(struct run *run, const char *path, const struct timespec *mtime)
{
	run->times = arena_grow(&run->arena, run->times, run->time_count, sizeof(*run->times));
	run->times[run->time_count++] = (struct late_time){arena_string(&run->arena, path), *mtime};
}

static int extract_directory(const struct item *item, const char *path, struct error *err)
{
	auto_close int fd = -1;

	if (mkdirat(item->parent_fd, item->name, 0700) < 0 && errno != EEXIST)
		return error_errno(err, "cannot create the directory");
	fd = openat(item->parent_fd, item->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return error_set(err, ERROR_INVALID,
				 "cannot overwrite what is not a directory with one");
	if (fd < 0)
		return error_errno(err, "cannot open the directory");
	if (check_place(fd, path, err) < 0)
		return -1;
	remember_time(item->run, path, &item->entry.mtime);
	return finish_file(item, fd, err);
}

static int extract_hardlink(const struct item *item, struct error *err)
{
	auto_free char *target = clean(item->entry.hardlink, err);
	char *slash = target ? strrchr(target, '/') : NULL;
	auto_free char *parent = NULL;
	auto_close int from = -1;
	struct stat status, there;
	const char *name;

	if (!target)
		return -1;
	name = slash ? slash + 1 : target;
	parent = alloc_string_n(target, slash ? (size_t)(slash - target) : 0);
	from = open_directory(item->run->extract, parent, err);
	if (from < 0 || fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set(err, ERROR_INVALID, "the link's target '%.300s' is not there",
				 target);
	if (fstatat(item->parent_fd, item->name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	    there.st_dev == status.st_dev && there.st_ino == status.st_ino)
		return 0;
	if (clear(item, err) < 0)
		return -1;
	if (linkat(from, name, item->parent_fd, item->name, 0) < 0)
		return error_errno(err, "cannot link it to '%.300s'", target);
	return 0;
}

static int extract_item(const struct item *item, const char *path, struct error *err)
{
	const struct tarball_entry *entry = &item->entry;

	if (entry->hardlink)
		return extract_hardlink(item, err);
	switch (entry->type) {
	case S_IFREG:
		return extract_file(item, err);
	case S_IFDIR:
		return extract_directory(item, path, err);
	case S_IFCHR:
	case S_IFBLK:
		if (item->run->extract->is_host) {
			log_warning("'%s' is a device: left out", path);
			return 0;
		}
		return extract_special(item, err);
	case S_IFLNK:
	case S_IFIFO:
		return extract_special(item, err);
	case S_IFSOCK:
		return 0;
	default:
		return error_set(err, ERROR_INVALID, "its type is unknown");
	}
}

static int extract_entry(struct run *run, const struct tarball_entry *entry, struct error *err)
{
	struct item item = {.run = run, .entry = *entry};
	auto_free char *path = clean(entry->path, err);

	if (!path)
		return error_wrap(err, "archive entry '%.300s'", entry->path);
	run->extract->entries++;
	if (!*path) /* the directory is there and stays as it is */
		return 0;
	if (find_parent(run, path, &item, err) < 0 || extract_item(&item, path, err) < 0)
		return error_wrap(err, "'%.300s'", path);
	return 0;
}

static void set_times(const struct run *run)
{
	for (size_t i = run->time_count; i-- > 0;) {
		auto_close int fd = open_directory(run->extract, run->times[i].path, NULL);
		struct timespec times[] = {run->times[i].mtime, run->times[i].mtime};

		if (fd >= 0 && futimens(fd, times) < 0)
			log_debug("cannot set the times of '%s'", run->times[i].path);
	}
}

static int read_archive(struct run *run, struct error *err)
{
	struct tarball_entry entry;
	int result;

	while ((result = tarball_next(&run->tar, &entry, err)) > 0)
		if (extract_entry(run, &entry, err) < 0)
			return -1;
	if (result == 0)
		set_times(run);
	return result < 0 ? -1 : tarball_drain(&run->tar, err);
}

int tar_extract_run(struct tar_extract *extract, int fd, struct error *err)
{
	auto_compress struct compress_reader *reader = NULL;
	struct run run = {.extract = extract, .parent_fd = -1};
	mode_t mask;
	int result;

	extract->entries = 0;
	if (compress_open(&reader, fd, err) < 0)
		return -1;
	run.reader = reader;
	if (tarball_open(&run.tar, pull, &run, err) < 0)
		return -1;
	mask = umask(0022);
	result = read_archive(&run, err);
	umask(mask);
	tarball_close(&run.tar);
	cleanup_close(&run.parent_fd);
	free(run.parent);
	arena_release(&run.arena);
	return result;
}
