/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/check/check_deep.c - is an unpacked layer still what its blob says?
 *
 * The blob is unpacked once more, into staging, over the layers below as they are in the store, and
 * the two trees are compared entry by entry: type, mode, owner, device, link, times of files,
 * extended attributes, content.
 */
#include "storage/check/check_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strvec.h"
#include "storage/image/blob.h"
#include "storage/image/image_private.h"
#include "storage/image/layer.h"
#include "storage/image/layer_store.h"
#include "storage/overlay_stack.h"

#define BUFFER_SIZE ((size_t)64 << 10)
#define DEEPEST	    600 /* layer.h's limit is lower */

static bool is_same_content(int a, int b)
{
	auto_free char *left = alloc_bytes(BUFFER_SIZE);
	auto_free char *right = alloc_bytes(BUFFER_SIZE);
	off_t at = 0;

	for (;;) {
		ssize_t n = pread(a, left, BUFFER_SIZE, at), m = pread(b, right, BUFFER_SIZE, at);

		if (n < 0 || n != m || memcmp(left, right, (size_t)n) != 0)
			return false;
		if (n == 0)
			return true;
		at += n;
	}
}

/* Every attribute of @a is in @b as well, with the same value. */
static bool has_xattrs(int a, int b)
{
	char names[4096], left[4096], right[4096];
	ssize_t length = flistxattr(a, names, sizeof(names));

	for (char *name = names; length > 0 && name < names + length; name += strlen(name) + 1) {
		ssize_t n = fgetxattr(a, name, left, sizeof(left));

		if (n != fgetxattr(b, name, right, sizeof(right)) ||
		    (n > 0 && memcmp(left, right, (size_t)n) != 0))
			return false;
	}
	return true;
}

static bool is_same_link(int a, int b, const char *name)
{
	char left[4097], right[4097];
	ssize_t n = readlinkat(a, name, left, sizeof(left));

	return n >= 0 && n == readlinkat(b, name, right, sizeof(right)) &&
	       memcmp(left, right, (size_t)n) == 0;
}

static bool is_same_status(const struct stat *a, const struct stat *b)
{
	return a->st_mode == b->st_mode && a->st_uid == b->st_uid && a->st_gid == b->st_gid &&
	       (S_ISDIR(a->st_mode) ||
		(a->st_size == b->st_size && a->st_rdev == b->st_rdev &&
		 a->st_nlink == b->st_nlink &&
		 (S_ISCHR(a->st_mode) || (a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
					  a->st_mtim.tv_nsec == b->st_mtim.tv_nsec))));
}

/* Where the first difference is: false, and @path says it. */
static bool is_same_tree(int a, int b, struct strvec *path);

static bool is_same_entry(int a, int b, const char *name, struct strvec *path)
{
	struct stat left, right;
	auto_close int from = -1;
	auto_close int to = -1;
	int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;

	if (fstatat(a, name, &left, AT_SYMLINK_NOFOLLOW) < 0 ||
	    fstatat(b, name, &right, AT_SYMLINK_NOFOLLOW) < 0 || !is_same_status(&left, &right))
		return false;
	if (S_ISLNK(left.st_mode))
		return is_same_link(a, b, name);
	if (!S_ISREG(left.st_mode) && !S_ISDIR(left.st_mode))
		return true;
	from = openat(a, name, flags);
	to = openat(b, name, flags);
	if (from < 0 || to < 0 || !has_xattrs(from, to) || !has_xattrs(to, from))
		return false;
	return S_ISDIR(left.st_mode) ? is_same_tree(from, to, path) : is_same_content(from, to);
}

static int list_names(int dirfd, struct strvec *names)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return -1;
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			strvec_add(names, entry->d_name);
	strvec_sort(names);
	return 0;
}

static bool is_same_tree(int a, int b, struct strvec *path)
{
	auto_strvec struct strvec left = {0};
	auto_strvec struct strvec right = {0};

	if (path->count > DEEPEST || list_names(a, &left) < 0 || list_names(b, &right) < 0)
		return false;
	for (size_t i = 0; i < left.count || i < right.count; i++) {
		const char *one = i < left.count ? left.items[i] : NULL;
		const char *two = i < right.count ? right.items[i] : NULL;
		bool is_same_name = one && two && strcmp(one, two) == 0;
		bool is_first = one && (!two || strcmp(one, two) <= 0);

		strvec_add(path, is_first ? one : two);
		if (!is_same_name || !is_same_entry(a, b, one, path))
			return false;
		strvec_remove(path, path->count - 1);
	}
	return true;
}

static int mount_lower(struct check_walk *walk, const struct image *image, size_t count,
		       struct error *err)
{
	struct overlay_stack stack __attribute__((cleanup(overlay_stack_release))) =
		OVERLAY_STACK_EMPTY;

	for (size_t i = 0; i < count; i++) {
		int fd = overlay_stack_open_layer(walk->layout, image->chain_ids[i], err);

		if (fd < 0)
			return -1;
		overlay_stack_add(&stack, fd);
	}
	return overlay_stack_mount(walk->layout, &stack, err);
}

/* Unpacks the blob into an empty directory as it must be. */
static int unpack(struct check_walk *walk, const struct image *image, size_t index, int blob_fd,
		  int target_fd, struct error *err)
{
	struct layer layer __attribute__((cleanup(layer_release)));
	auto_close int previous = -1;
	auto_close int lower = -1;

	layer_init(&layer, target_fd);
	if (layer_apply(&layer, blob_fd, NULL, err) < 0)
		return -1;
	if (index > 0) {
		previous = overlay_stack_open_layer(walk->layout, image->chain_ids[index - 1], err);
		if (previous < 0)
			return -1;
		if (layer_needs_lower(&layer))
			lower = mount_lower(walk, image, index, err);
		if (lower < 0 && layer_needs_lower(&layer))
			return -1;
	}
	return layer_finish(&layer, previous, lower, err);
}

static char *difference(const struct strvec *path)
{
	size_t length = 2;
	char *text;

	if (path->count == 0)
		return alloc_string("/");
	for (size_t i = 0; i < path->count; i++)
		length += strlen(path->items[i]) + 1;
	text = alloc_zeroed(length, 1);
	for (size_t i = 0; i < path->count; i++) {
		text[strlen(text)] = '/';
		memcpy(text + strlen(text), path->items[i], strlen(path->items[i]));
	}
	return text;
}

static bool is_same_root(int a, int b)
{
	struct stat left, right;

	return fstat(a, &left) == 0 && fstat(b, &right) == 0 && is_same_status(&left, &right) &&
	       has_xattrs(a, b) && has_xattrs(b, a);
}

static int compare_layer(struct check_walk *walk, const struct image *image, size_t index,
			 int blob_fd, struct error *err)
{
	const char *chain_id = image->chain_ids[index];
	auto_close int stored = overlay_stack_open_layer(walk->layout, chain_id, NULL);
	auto_close int fd = -1;
	auto_strvec struct strvec path = {0};
	auto_free char *where = NULL;
	struct error problem = {0};

	if (stored < 0)
		return 0; /* that it is missing is found elsewhere */
	if (mkdirat(walk->staging.fd, "deep", 0755) < 0)
		return error_errno(err, "cannot create a directory in '%s/staging'",
				   walk->layout->root);
	fd = openat(walk->staging.fd, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fchmod(fd, 0755) < 0)
		return error_errno(err, "cannot open a directory in '%s/staging'",
				   walk->layout->root);
	if (unpack(walk, image, index, blob_fd, fd, &problem) < 0) {
		/* A layer below may be missing, or have been removed meanwhile. */
		if (problem.code != ERROR_INVALID && problem.code != ERROR_NOT_FOUND) {
			error_pass(err, &problem);
			return error_wrap(err, "layer sha256:%.12s", chain_id);
		}
		if (problem.code == ERROR_INVALID)
			check_find(walk, CHECK_DAMAGE, "layer", check_digest(walk, chain_id),
				   arena_string(walk->arena, problem.text))
				->action = "its blob cannot be unpacked: remove the image";
	} else if (!is_same_root(fd, stored) || !is_same_tree(fd, stored, &path)) {
		where = difference(&path);
		map_set(&walk->bad_layers, chain_id,
			check_find(walk, CHECK_DAMAGE, "layer", check_digest(walk, chain_id),
				   arena_format(walk->arena, "'%s' is not as in its blob", where)));
	}
	return file_remove_tree(walk->staging.fd, "deep", err);
}

static int deep_image(struct check_walk *walk, const json *entry, struct map *seen,
		      struct error *err)
{
	struct manifest manifest;
	struct image image;

	if (image_store_read(walk->layout, entry, &image, &manifest, walk->arena, NULL) < 0)
		return 0;
	for (size_t i = 0; i < image.layer_count && i < manifest.layer_count; i++) {
		const char *chain_id = image.chain_ids[i];
		auto_close int blob_fd = -1;

		if (map_has(seen, chain_id) || map_has(&walk->bad_blobs, manifest.layers[i].hex))
			continue;
		map_set(seen, chain_id, walk);
		blob_fd = blob_open(walk->layout, manifest.layers[i].hex, NULL, NULL);
		if (blob_fd >= 0 && compare_layer(walk, &image, i, blob_fd, err) < 0)
			return -1;
	}
	return 0;
}

int check_deep(struct check_walk *walk, struct error *err)
{
	auto_image_index struct image_index index = {.lock_fd = -1};
	auto_map struct map seen = {0};

	if (!walk->check->is_deep || image_index_open(&index, walk->layout, false, NULL) < 0)
		return 0;
	if (walk->staging.fd < 0 && staging_open(&walk->staging, walk->layout, err) < 0)
		return -1;
	for (size_t i = 0; i < image_index_count(&index); i++)
		if (deep_image(walk, image_index_at(&index, i), &seen, err) < 0)
			return -1;
	return 0;
}
