/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/archive/layer_diff_entry.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/units.h"
#include "storage/archive/tree.h"

#define MOST_EXTENTS 65536 /* beyond it, holes are written as zeroes */

/* What layer_diff_entry_find_zeroes looks for: another number makes other archives. */
#define SMALLEST_SPARSE ((off_t)16 << 20)
#define STRETCH		((off_t)1 << 20)
#define FIRST_LOOK	((size_t)4 << 10)

#define OWN	"trusted.overlay."
#define ESCAPED OWN "overlay." /* what a container has set as one of overlayfs' own */

bool layer_diff_entry_find_holes(int fd, const struct stat *status,
				 struct tar_writer_extent **extents, size_t *count)
{
	auto_free struct tar_writer_extent *found = NULL;
	off_t at = 0, size = status->st_size;
	size_t n = 0;

	if (status->st_blocks * 512 >= size)
		return false;
	while (at < size) {
		off_t data = lseek(fd, at, SEEK_DATA);
		off_t hole = data < 0 ? -1 : lseek(fd, data, SEEK_HOLE);

		if (data < 0 && errno == ENXIO)
			break; /* a hole up to the end */
		if (data < 0 || n == MOST_EXTENTS)
			return false;
		if (hole < 0 || hole > size)
			hole = size;
		if (data >= hole)
			break; /* it got shorter */
		if (data == 0 && hole == size)
			return false; /* only stored smaller than it is */
		found = alloc_resize(found, n + 1, sizeof(*found));
		found[n++] = (struct tar_writer_extent){data, hole - data};
		at = hole;
	}
	*extents = take_ptr(found);
	*count = n;
	return true;
}

/* Is this stretch all zeroes? Most that are not show it at once. */
static bool is_zero(int fd, off_t at, size_t length, char *buffer)
{
	for (size_t done = 0, part = FIRST_LOOK; done < length; done += part) {
		if (part > length - done)
			part = length - done;
		if (pread(fd, buffer, part, at + (off_t)done) != (ssize_t)part || buffer[0] ||
		    memcmp(buffer, buffer + 1, part - 1) != 0)
			return false;
		if (done)
			part = FIRST_LOOK * 16;
	}
	return true;
}

bool layer_diff_entry_find_zeroes(int fd, const struct stat *status,
				  struct tar_writer_extent **extents, size_t *count)
{
	auto_free struct tar_writer_extent *found = NULL;
	auto_free char *buffer = NULL;
	off_t size = status->st_size;
	int64_t stored = 0;
	size_t n = 0;

	if (size < SMALLEST_SPARSE)
		return false;
	buffer = alloc_bytes(FIRST_LOOK * 16);
	for (off_t at = 0; at < size; at += STRETCH) {
		int64_t length = size - at < STRETCH ? size - at : STRETCH;

		if (is_zero(fd, at, (size_t)length, buffer))
			continue;
		stored += length;
		if (n && found[n - 1].offset + found[n - 1].length == at) {
			found[n - 1].length += length;
			continue;
		}
		if (n == MOST_EXTENTS)
			return false;
		found = alloc_resize(found, n + 1, sizeof(*found));
		found[n++] = (struct tar_writer_extent){at, length};
	}
	if (stored == size)
		return false;
	*extents = take_ptr(found);
	*count = n;
	return true;
}

static bool is_escaped(const char *key)
{
	return strncmp(key, ESCAPED, strlen(ESCAPED)) == 0;
}

static bool is_wanted(const char *key, bool is_upper)
{
	if (!tree_keeps_xattr(key) && !(is_upper && is_escaped(key)))
		return false;
	if (strchr(key, '=')) {
		log_warning_once("the extended attribute '%s' has a name that tar cannot store",
				 key);
		return false;
	}
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct tar_writer_xattr *left = a, *right = b;

	return strcmp(left->name, right->name);
}

/* 1 with the value, 0 when it has gone meanwhile. */
static int read_value(const char *path, const char *key, struct tar_writer_xattr *item,
		      struct error *err)
{
	auto_free void *value = alloc_bytes(XATTR_SIZE_MAX);
	ssize_t length = getxattr(path, key, value, XATTR_SIZE_MAX);

	if (length < 0 && (errno == ENODATA || errno == ENOTSUP))
		return 0;
	if (length < 0)
		return error_errno(err, "cannot read the extended attribute '%s'", key);
	item->length = (size_t)length;
	item->value = alloc_resize(take_ptr(value), item->length + 1, 1);
	return 1;
}

static int add_one(struct layer_diff_xattrs *xattrs, const char *path, char *key, bool is_upper,
		   struct error *err)
{
	struct tar_writer_xattr item = {.name = key};
	int found = is_wanted(key, is_upper) ? read_value(path, key, &item, err) : 0;

	if (found <= 0)
		return found;
	if (is_escaped(key))
		memmove(key + strlen(OWN), key + strlen(ESCAPED),
			strlen(key + strlen(ESCAPED)) + 1);
	xattrs->items = alloc_resize(xattrs->items, xattrs->count + 1, sizeof(*xattrs->items));
	xattrs->items[xattrs->count++] = item;
	return 0;
}

/* What only means something in an upper directory. */
static int strip(const char *path, const char *key, struct error *err)
{
	if (strncmp(key, OWN, strlen(OWN)) != 0 || is_escaped(key) ||
	    strcmp(key, OWN "opaque") == 0 || strcmp(key, OWN "whiteout") == 0)
		return 0;
	if (removexattr(path, key) < 0 && errno != ENODATA)
		return error_errno(err, "cannot remove the extended attribute '%s'", key);
	return 0;
}

int layer_diff_entry_xattrs(struct layer_diff_xattrs *xattrs, int fd, bool is_upper,
			    struct error *err)
{
	char path[40];
	ssize_t size;

	/* The link in procfs leads to the very file, whatever it is; the f-calls refuse O_PATH.
	 * Most files have none, so the fast way to find that out comes first. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	size = flistxattr(fd, NULL, 0);
	if (size < 0 && errno == EBADF)
		size = listxattr(path, NULL, 0);
	if (size <= 0)
		return size == 0 || errno == ENOTSUP
			       ? 0
			       : error_errno(err, "cannot list its extended attributes");
	xattrs->names = alloc_bytes(XATTR_LIST_MAX);
	size = listxattr(path, xattrs->names, XATTR_LIST_MAX);
	if (size < 0)
		return error_errno(err, "cannot list its extended attributes");
	for (char *key = xattrs->names, *next; key < xattrs->names + size; key = next) {
		next = key + strlen(key) + 1;
		if ((xattrs->strips && strip(path, key, err) < 0) ||
		    add_one(xattrs, path, key, is_upper, err) < 0)
			return -1;
	}
	if (xattrs->count > 1)
		qsort(xattrs->items, xattrs->count, sizeof(*xattrs->items), compare);
	return 0;
}

void layer_diff_entry_release(struct layer_diff_xattrs *xattrs)
{
	for (size_t i = 0; i < xattrs->count; i++)
		free((void *)xattrs->items[i].value);
	free(xattrs->items);
	free(xattrs->names);
	*xattrs = (struct layer_diff_xattrs){0};
}

int layer_diff_entry_remove(int dirfd, const char *name, struct error *err)
{
	struct stat before;

	if (fstat(dirfd, &before) < 0 || file_remove_tree(dirfd, name, err) < 0)
		return -1;
	if (futimens(dirfd, (struct timespec[]){before.st_atim, before.st_mtim}) < 0)
		return error_errno(err, "cannot set times");
	return 0;
}

int layer_diff_entry_limit(int fd, struct stat *status, const struct timespec *latest,
			   struct error *err)
{
	struct timespec times[] = {*latest, *latest};

	if (!units_is_earlier(latest, &status->st_mtim))
		return 0;
	if (utimensat(fd, "", times, AT_EMPTY_PATH) < 0)
		return error_errno(err, "cannot set times");
	status->st_mtim = *latest;
	return 0;
}
