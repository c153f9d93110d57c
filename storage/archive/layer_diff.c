/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/archive/layer_diff.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "storage/archive/layer_diff_entry.h"
#include "storage/archive/tar_writer.h"
#include "storage/archive/tree.h"

#define DEEPEST	    600 /* one descriptor a level; layers stop at 512 */
#define BUFFER_SIZE ((size_t)128 << 10)

struct walk {
	struct layer_diff *diff;
	struct tar_writer *writer;
	struct strbuf path; /* in the archive */
	struct map linked;  /* "device:inode" -> path of the first name */
	char *buffer;
	unsigned depth;
};

/* An entry on its way. */
struct item {
	int fd;	      /* O_PATH; of a file in a tree that nobody changes, open for reading */
	bool owns_fd; /* so that one descriptor a level is enough */
	struct stat status;
	dev_t parent_device;
	int parent_fd; /* its directory, and its name there */
	const char *name;
};

static int write_directory(struct walk *walk, int fd, dev_t device, struct error *err);

/* A regular file by its O_PATH descriptor: nothing else can have taken its place. */
static int open_file(int path_fd, struct error *err)
{
	char path[40];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", path_fd);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? error_errno(err, "cannot open it") : fd;
}

/* ---- content -----------------------------------------------------------------------------------
 */

static int write_zeroes(struct walk *walk, int64_t length, struct error *err)
{
	memset(walk->buffer, 0, BUFFER_SIZE);
	while (length > 0) {
		size_t part = length < (int64_t)BUFFER_SIZE ? (size_t)length : BUFFER_SIZE;

		if (tar_writer_data(walk->writer, walk->buffer, part, err) < 0)
			return -1;
		length -= (int64_t)part;
	}
	return 0;
}

/* Exactly as much as the header has promised. */
static int write_range(struct walk *walk, int fd, const struct tar_writer_extent *extent,
		       struct error *err)
{
	int64_t at = extent->offset, end = extent->offset + extent->length;

	while (at < end) {
		size_t left = end - at < (int64_t)BUFFER_SIZE ? (size_t)(end - at) : BUFFER_SIZE;
		ssize_t n = pread(fd, walk->buffer, left, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "cannot read it");
		if (n == 0) {
			log_warning("'%s' got shorter while it was read: the rest is zeroes",
				    walk->path.text);
			return write_zeroes(walk, end - at, err);
		}
		if (tar_writer_data(walk->writer, walk->buffer, (size_t)n, err) < 0)
			return -1;
		at += n;
	}
	return 0;
}

static int write_content(struct walk *walk, int fd, const struct stat *status,
			 struct tar_writer_entry *entry, struct error *err)
{
	struct tar_writer_extent whole = {0, status->st_size};
	auto_free struct tar_writer_extent *extents = NULL;
	size_t count = 0;

	walk->diff->bytes += status->st_size;
	entry->size = status->st_size;
	entry->is_sparse = walk->diff->is_repeatable
				   ? layer_diff_entry_find_zeroes(fd, status, &extents, &count)
				   : layer_diff_entry_find_holes(fd, status, &extents, &count);
	entry->extents = extents;
	entry->extent_count = count;
	if (tar_writer_begin(walk->writer, entry, err) < 0)
		return -1;
	if (!entry->is_sparse)
		return write_range(walk, fd, &whole, err);
	for (size_t i = 0; i < count; i++)
		if (write_range(walk, fd, extents + i, err) < 0)
			return -1;
	return 0;
}

static int write_file(struct walk *walk, const struct item *item, struct tar_writer_entry *entry,
		      struct error *err)
{
	auto_close int fd = -1;

	if (walk->diff->is_repeatable)
		return write_content(walk, item->fd, &item->status, entry, err);
	fd = open_file(item->fd, err);
	return fd < 0 ? -1 : write_content(walk, fd, &item->status, entry, err);
}

/* ---- entries -----------------------------------------------------------------------------------
 */

/* An empty file whose name says what is not there. */
static int write_mark(struct walk *walk, const char *path, struct error *err)
{
	struct tar_writer_entry entry = {.path = path, .mode = S_IFREG};

	walk->diff->entries++;
	return tar_writer_begin(walk->writer, &entry, err);
}

static int write_whiteout(struct walk *walk, struct error *err)
{
	const char *slash = strrchr(walk->path.text, '/');
	const char *name = slash ? slash + 1 : walk->path.text;
	auto_free char *path =
		alloc_format("%.*s.wh.%s", (int)(name - walk->path.text), walk->path.text, name);

	return write_mark(walk, path, err);
}

static int write_opaque(struct walk *walk, struct error *err)
{
	auto_free char *path = alloc_format("%s%s.wh..wh..opq", strbuf_text(&walk->path),
					    walk->path.length ? "/" : "");

	return write_mark(walk, path, err);
}

/* The path of the first name of this file, NULL when this is it. */
static const char *find_first(struct walk *walk, const struct stat *status)
{
	char key[64];
	void **first;

	if (status->st_nlink < 2 || S_ISDIR(status->st_mode))
		return NULL;
	snprintf(key, sizeof(key), "%jx:%jx", (uintmax_t)status->st_dev, (uintmax_t)status->st_ino);
	first = map_slot(&walk->linked, key);
	if (*first)
		return *first;
	*first = alloc_string(walk->path.text);
	return NULL;
}

static int enter_directory(struct walk *walk, struct item *item, struct error *err)
{
	bool is_mount = item->status.st_dev != item->parent_device;
	auto_close int fd = openat(item->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result;

	if (fd < 0)
		return error_errno(err, "cannot open '%s'", strbuf_text(&walk->path));
	if (item->owns_fd)
		close(take_fd(&item->fd));
	if (walk->diff->is_upper && layer_diff_is_opaque(fd) && write_opaque(walk, err) < 0)
		return -1;
	if (is_mount && layer_diff_is_pseudo(fd))
		return 0;
	if (walk->depth >= DEEPEST)
		return error_set(err, ERROR_INVALID, "directories are nested deeper than %d levels",
				 DEEPEST);
	walk->depth++;
	result = write_directory(walk, fd, item->status.st_dev, err);
	walk->depth--;
	return result;
}

static int write_typed(struct walk *walk, const struct item *item, const char *path,
		       struct error *err)
{
	const struct stat *status = &item->status;
	struct layer_diff_xattrs xattrs __attribute__((cleanup(layer_diff_entry_release))) = {
		.strips = walk->diff->is_settled,
	};
	struct tar_writer_entry entry = {
		.path = path,
		.mode = status->st_mode,
		.uid = status->st_uid,
		.gid = status->st_gid,
		.device = status->st_rdev,
		.mtime = status->st_mtim,
	};
	char target[4097];

	entry.link = find_first(walk, status);
	entry.is_hard_link = entry.link;
	if (entry.is_hard_link)
		return tar_writer_begin(walk->writer, &entry, err);
	if (layer_diff_entry_xattrs(&xattrs, item->fd, walk->diff->is_upper, err) < 0)
		return -1;
	entry.xattrs = xattrs.items;
	entry.xattr_count = xattrs.count;
	if (S_ISLNK(status->st_mode)) {
		ssize_t length = readlinkat(item->fd, "", target, sizeof(target) - 1);

		if (length < 0)
			return error_errno(err, "cannot read it");
		target[length] = '\0';
		entry.link = target;
	}
	if (S_ISREG(status->st_mode))
		return write_file(walk, item, &entry, err);
	return tar_writer_begin(walk->writer, &entry, err);
}

static bool is_marked(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strncmp(slash ? slash + 1 : path, ".wh.", 4) == 0;
}

static bool is_left_out(const struct walk *walk, const struct item *item)
{
	const struct layer_diff *diff = walk->diff;
	const char *path = walk->path.text;

	if (S_ISSOCK(item->status.st_mode) ||
	    (diff->skips && diff->skips(diff->data, path, item->fd, &item->status)))
		return true;
	if (!diff->is_upper || !is_marked(path))
		return false;
	log_warning("'%s' has a name that means a deletion in image layers: left out", path);
	return true;
}

static int limit_time(const struct layer_diff *diff, struct item *item, struct error *err)
{
	if (!diff->latest || (diff->since && !units_is_earlier(diff->since, &item->status.st_mtim)))
		return 0;
	return layer_diff_entry_limit(item->fd, &item->status, diff->latest, err);
}

static int write_item(struct walk *walk, struct item *item, struct error *err)
{
	struct layer_diff *diff = walk->diff;
	const char *path = strbuf_text(&walk->path);

	if (is_left_out(walk, item))
		return diff->is_settled ? layer_diff_entry_remove(item->parent_fd, item->name, err)
					: 0;
	if (diff->is_upper && layer_diff_is_whiteout(item->fd, &item->status))
		return write_whiteout(walk, err);
	if (diff->is_settled && limit_time(diff, item, err) < 0)
		return -1;
	diff->entries++;
	if (write_typed(walk, item, path, err) < 0)
		return error_wrap(err, "'%s'", path);
	return S_ISDIR(item->status.st_mode) ? enter_directory(walk, item, err) : 0;
}

/* What may change is opened without effect first. Where nothing can take the place of what was
 * looked at, a file is opened at once, which is several times as fast. */
static int open_entry(const struct walk *walk, int dirfd, const char *name)
{
	struct stat status;

	if (walk->diff->is_repeatable && fstatat(dirfd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(status.st_mode))
		return openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

static int write_named(struct walk *walk, int dirfd, const char *name, dev_t device,
		       struct error *err)
{
	int fd = open_entry(walk, dirfd, name), result;
	struct item item = {
		.fd = fd,
		.owns_fd = true,
		.parent_device = device,
		.parent_fd = dirfd,
		.name = name,
	};

	if (fd < 0 && errno == ENOENT)
		return 0; /* it was there a moment ago */
	if (fd < 0 || fstat(fd, &item.status) < 0)
		result = error_errno(err, "cannot read '%s'", strbuf_text(&walk->path));
	else
		result = write_item(walk, &item, err);
	cleanup_close(&item.fd);
	return result;
}

static int list_names(int fd, struct strvec *names, struct error *err)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;

	if (!dir)
		return error_errno(err, "cannot list the directory");
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			strvec_add(names, entry->d_name);
	strvec_sort(names);
	return 0;
}

static int write_directory(struct walk *walk, int fd, dev_t device, struct error *err)
{
	auto_strvec struct strvec names = {0};
	size_t length = walk->path.length;

	if (list_names(fd, &names, err) < 0)
		return error_wrap(err, "'%s'", strbuf_text(&walk->path));
	strvec_each (name, &names) {
		strbuf_printf(&walk->path, "%s%s", length ? "/" : "", *name);
		if (write_named(walk, fd, *name, device, err) < 0)
			return -1;
		walk->path.length = length;
		walk->path.text[length] = '\0';
	}
	return 0;
}

/* What write_item and write_typed do with all others. */
static int settle_root(const struct walk *walk, struct item *item, struct error *err)
{
	struct layer_diff_xattrs xattrs __attribute__((cleanup(layer_diff_entry_release))) = {
		.strips = true,
	};

	if (layer_diff_entry_xattrs(&xattrs, item->fd, true, err) < 0)
		return -1;
	return limit_time(walk->diff, item, err);
}

/* The directory of the request itself. */
static int write_root(struct walk *walk, struct error *err)
{
	struct item item = {.fd = walk->diff->fd};
	bool has_name = walk->path.length > 0;

	if (fstat(item.fd, &item.status) < 0)
		return error_errno(err, "cannot read the directory");
	item.parent_device = item.status.st_dev;
	if (has_name)
		return write_item(walk, &item, err);
	if (walk->diff->is_settled && settle_root(walk, &item, err) < 0)
		return -1;
	if (walk->diff->has_root) {
		walk->diff->entries++;
		if (write_typed(walk, &item, ".", err) < 0)
			return -1;
	}
	return enter_directory(walk, &item, err);
}

int layer_diff_write(struct layer_diff *diff, struct tar_writer *writer, struct error *err)
{
	struct walk walk = {.diff = diff, .writer = writer, .buffer = alloc_bytes(BUFFER_SIZE)};
	struct stat status;
	int result = -1;

	diff->entries = diff->bytes = 0;
	if (diff->path || diff->name)
		strbuf_add(&walk.path, diff->path ? diff->path : diff->name);
	if (!diff->name)
		result = write_root(&walk, err);
	else if (fstat(diff->fd, &status) < 0)
		error_errno(err, "cannot read the directory");
	else
		result = write_named(&walk, diff->fd, diff->name, status.st_dev, err);
	map_each (entry, &walk.linked)
		free(entry->value);
	map_release(&walk.linked);
	strbuf_release(&walk.path);
	free(walk.buffer);
	return result;
}
