/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/archive/tar_extract.h"
#include "storage/archive/tar_extract_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "storage/archive/compress.h"
#include "storage/archive/layer_diff.h"
#include "storage/archive/tree.h"

static ssize_t pull(void *data, const void **chunk, struct error *err)
{
	struct tar_extract_state *run = data;

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

/* ---- entries -----------------------------------------------------------------------------------
 */

static uid_t owner_of(const struct tar_extract_item *item)
{
	const struct tar_extract *extract = item->run->extract;

	return extract->sets_owner ? extract->uid : item->entry.uid;
}

static gid_t group_of(const struct tar_extract_item *item)
{
	const struct tar_extract *extract = item->run->extract;

	return extract->sets_owner ? extract->gid : item->entry.gid;
}

static int set_xattrs(const struct tar_extract_item *item, int dirfd, const char *name,
		      struct error *err)
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

static int remove_tree(const struct tar_extract_item *item, struct error *err)
{
	tar_extract_forget_parent(item->run);
	return file_remove_tree(item->parent_fd, item->name, err);
}

/* May what stands there, if anything, be replaced? */
static int check_replaced(const struct tar_extract_item *item, struct error *err)
{
	struct stat status;

	if (fstatat(item->parent_fd, item->name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : error_errno(err, "cannot examine it");
	if (S_ISDIR(status.st_mode) && item->run->extract->replaces)
		return remove_tree(item, err);
	if (S_ISDIR(status.st_mode))
		return error_set(err, ERROR_INVALID,
				 "cannot overwrite a directory with what is none");
	if (item->run->extract->is_host && !S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode))
		return error_set(err, ERROR_INVALID,
				 "a device, named pipe or socket is there: it is not replaced");
	return 0;
}

/* Makes way for something that is not a directory. */
static int clear(const struct tar_extract_item *item, struct error *err)
{
	if (check_replaced(item, err) < 0)
		return -1;
	if (unlinkat(item->parent_fd, item->name, 0) < 0 && errno != ENOENT)
		return error_errno(err, "cannot replace it");
	return 0;
}

static int create_file(const struct tar_extract_item *item, const char *name)
{
	return openat(item->parent_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		      0600);
}

static int create_symlink(const struct tar_extract_item *item)
{
	return symlinkat(item->entry.symlink, item->parent_fd, item->name);
}

/* With the mode as it is: a chmod by name could follow a link that has taken its place. */
static int create_node(const struct tar_extract_item *item)
{
	mode_t mask = umask(0);
	int result = mknodat(item->parent_fd, item->name, item->entry.type | item->entry.mode,
			     item->entry.device);
	int reason = errno;

	umask(mask);
	errno = reason;
	return result;
}

static int create_anew(const struct tar_extract_item *item,
		       int (*create)(const struct tar_extract_item *item), struct error *err)
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
static bool is_mounted(const struct tar_extract_item *item)
{
	struct statx status;

	return statx(item->parent_fd, item->name, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &status) == 0 &&
	       S_ISREG(status.stx_mode) && status.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

static int open_mounted(const struct tar_extract_item *item, struct error *err)
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

static int write_data(const struct tar_extract_item *item, int fd, struct error *err)
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
static int finish_file(const struct tar_extract_item *item, int fd, struct error *err)
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
static int replace_file(const struct tar_extract_item *item, struct error *err)
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

static int extract_file(const struct tar_extract_item *item, struct error *err)
{
	auto_close int fd = create_file(item, item->name);

	if (fd < 0 && errno == EEXIST)
		return replace_file(item, err);
	if (fd < 0)
		return error_errno(err, "cannot create it");
	return write_data(item, fd, err) < 0 ? -1 : finish_file(item, fd, err);
}

/* Links, devices, FIFOs: no descriptor without opening, so by name below the parent. */
static int extract_special(const struct tar_extract_item *item, struct error *err)
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

static void remember_time(struct tar_extract_state *run, const char *path,
			  const struct timespec *mtime)
{
	run->times = arena_grow(&run->arena, run->times, run->time_count, sizeof(*run->times));
	run->times[run->time_count++] =
		(struct tar_extract_time){arena_string(&run->arena, path), *mtime};
}

static int make_directory(const struct tar_extract_item *item)
{
	if (mkdirat(item->parent_fd, item->name, 0700) < 0 && errno != EEXIST)
		return -1;
	return openat(item->parent_fd, item->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Does a link to a directory stand there? Then what follows goes through it. */
static bool is_joined(const struct tar_extract *extract, const char *path)
{
	auto_close int fd =
		extract->joins_links ? tar_extract_open_directory(extract, path, NULL) : -1;

	return fd >= 0;
}

static int extract_directory(const struct tar_extract_item *item, const char *path,
			     struct error *err)
{
	auto_close int fd = make_directory(item);
	bool is_other = fd < 0 && (errno == ENOTDIR || errno == ELOOP);

	if (is_other && is_joined(item->run->extract, path))
		return 0;
	if (is_other && item->run->extract->replaces) {
		if (remove_tree(item, err) < 0)
			return -1;
		fd = make_directory(item);
		is_other = fd < 0 && (errno == ENOTDIR || errno == ELOOP);
	}
	if (is_other)
		return error_set(err, ERROR_INVALID,
				 "cannot overwrite what is not a directory with one");
	if (fd < 0)
		return error_errno(err, "cannot create the directory");
	if (tar_extract_check_place(fd, path, err) < 0)
		return -1;
	remember_time(item->run, path, &item->entry.mtime);
	return finish_file(item, fd, err);
}

static int extract_hardlink(const struct tar_extract_item *item, struct error *err)
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
	from = tar_extract_open_directory(item->run->extract, parent, err);
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

static int extract_item(const struct tar_extract_item *item, const char *path, struct error *err)
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

static int extract_entry(struct tar_extract_state *run, const struct tarball_entry *entry,
			 struct error *err)
{
	struct tar_extract_item item = {.run = run, .entry = *entry};
	auto_free char *path = clean(entry->path, err);

	if (!path)
		return error_wrap(err, "archive entry '%.300s'", entry->path);
	run->extract->entries++;
	if (!*path) /* the directory is there and stays as it is */
		return 0;
	if (tar_extract_find_parent(run, path, &item, err) < 0 ||
	    extract_item(&item, path, err) < 0)
		return error_wrap(err, "'%.300s'", path);
	return 0;
}

static void set_times(const struct tar_extract_state *run)
{
	for (size_t i = run->time_count; i-- > 0;) {
		auto_close int fd =
			tar_extract_open_directory(run->extract, run->times[i].path, NULL);
		struct timespec times[] = {run->times[i].mtime, run->times[i].mtime};

		if (fd >= 0 && futimens(fd, times) < 0)
			log_debug("cannot set the times of '%s'", run->times[i].path);
	}
}

static int read_archive(struct tar_extract_state *run, struct error *err)
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

/* The first entry tells: text and other files that are compressed are none. */
static bool has_entry(struct tar_extract_state *run)
{
	struct tarball_entry entry;
	struct error problem;
	bool result;

	if (tarball_open(&run->tar, pull, run, &problem) < 0)
		return false;
	result = tarball_next(&run->tar, &entry, &problem) > 0;
	tarball_close(&run->tar);
	return result;
}

bool tar_extract_is_archive(int fd)
{
	auto_compress struct compress_reader *reader = NULL;
	struct tar_extract_state run = {.parent_fd = -1};
	struct error problem;
	bool result = false;

	if (compress_open_any(&reader, fd, &problem) == 0) {
		run.reader = reader;
		result = has_entry(&run);
	}
	lseek(fd, 0, SEEK_SET);
	return result;
}

int tar_extract_run(struct tar_extract *extract, int fd, struct error *err)
{
	auto_compress struct compress_reader *reader = NULL;
	struct tar_extract_state run = {.extract = extract, .parent_fd = -1};
	mode_t mask;
	int result;

	extract->entries = 0;
	if (compress_open_any(&reader, fd, err) < 0)
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
