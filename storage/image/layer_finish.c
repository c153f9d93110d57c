/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/layer_finish.c - the second half of storage/image/layer.h: what needs the layers
 * below.
 */
#include "storage/image/layer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "storage/archive/tree.h"
#include "storage/image/layer_path.h"

bool layer_needs_lower(const struct layer *layer)
{
	if (layer->whiteouts.count || layer->links.count)
		return true;
	map_each (entry, &layer->directories) {
		const struct layer_directory *directory = entry->value;

		if (directory->is_implied)
			return true;
	}
	return false;
}

/* Is one of the directories above @path opaque? Then nothing below shows through. */
static bool is_hidden(const struct layer *layer, const char *path)
{
	auto_free char *parent = alloc_string(path);
	char *slash;

	if (!layer->opaques.count)
		return false;
	while ((slash = strrchr(parent, '/'))) {
		*slash = '\0';
		if (map_has(&layer->opaques, parent))
			return true;
	}
	return map_has(&layer->opaques, "");
}

/* A path within the layers below: links are not followed, since overlayfs merges by name. */
static int open_lower(int lower_fd, const char *path, int flags)
{
	return lower_fd < 0 ? -1 : path_open(lower_fd, path, PATH_NO_LINKS, flags, NULL);
}

/* A whiteout of something that is not there would be seen by readdir as a device: drop it. */
static int check_whiteout(struct layer *layer, const char *path, int lower_fd, struct error *err)
{
	auto_place struct layer_place place = {0};
	auto_close int below = -1;
	struct stat status;

	/* The path is canonical, so this finds the very place again, or that it has gone. */
	if (layer_path_find(layer, path, false, &place, NULL) <= 0 || !place.name ||
	    fstatat(place.parent_fd, place.name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !layer_path_is_whiteout(&status))
		return 0;
	if (!is_hidden(layer, path))
		below = open_lower(lower_fd, path, O_PATH | O_NOFOLLOW);
	if (below >= 0)
		return 0;
	if (unlinkat(place.parent_fd, place.name, 0) < 0)
		return error_errno(err, "cannot drop the whiteout of '%s'", path);
	return 0;
}

/* Brings the target up from below and links to it. Where the way to it leads over a link below, a
 * directory here would hide that link: then the new name gets a copy of its own. */
static int copy_up(struct layer *layer, const char *target, int lower_fd, struct layer_place *to,
		   struct error *err)
{
	auto_free char *parent = alloc_string(target);
	char *slash = strrchr(parent, '/');
	const char *name = target + (slash ? slash + 1 - parent : 0);
	auto_place struct layer_place place = {0};
	auto_close int from = -1;
	struct stat status;
	bool is_plain;

	*(slash ? slash : parent) = '\0';
	if (lower_fd >= 0 && !is_hidden(layer, target))
		from = open_lower(lower_fd, parent, O_PATH | O_DIRECTORY);
	is_plain = from >= 0;
	if (!is_plain && lower_fd >= 0 && !is_hidden(layer, target))
		from = path_open(lower_fd, parent, PATH_IN_ROOT, O_PATH | O_DIRECTORY, NULL);
	if (from < 0 || fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
	    S_ISDIR(status.st_mode))
		return error_set(err, ERROR_INVALID,
				 "the target of the hard link, '%.300s', does not exist", target);
	if (!is_plain)
		return tree_copy_entry(from, name, to->parent_fd, to->name, err);
	if (layer_path_find(layer, target, true, &place, err) < 0 ||
	    tree_copy_entry(from, name, place.parent_fd, place.name, err) < 0)
		return -1;
	if (linkat(place.parent_fd, place.name, to->parent_fd, to->name, 0) < 0)
		return error_errno(err, "cannot link it to '%.300s'", target);
	return 0;
}

static int make_link(struct layer *layer, const char *path, const char *target, int lower_fd,
		     struct error *err)
{
	auto_place struct layer_place from = {0};
	auto_place struct layer_place to = {0};
	auto_close int to_fd = -1;
	struct stat status;
	int found;

	if (layer_path_find(layer, path, true, &to, err) < 0)
		return -1;
	to_fd = fcntl(to.parent_fd, F_DUPFD_CLOEXEC, 3); /* the cache may drop the other */
	to.parent_fd = to_fd;
	found = layer_path_find(layer, target, false, &from, err);
	if (found < 0)
		return -1;
	if (found == 0 || fstatat(from.parent_fd, from.name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return copy_up(layer, target, lower_fd, &to, err);
	if (S_ISDIR(status.st_mode) || layer_path_is_whiteout(&status))
		return error_set(err, ERROR_INVALID, "'%.300s' cannot be linked to", target);
	if (linkat(from.parent_fd, from.name, to.parent_fd, to.name, 0) < 0)
		return error_errno(err, "cannot link it to '%.300s'", target);
	return 0;
}

static int finish_directory(struct layer *layer, const char *path,
			    const struct layer_directory *directory, int lower_fd,
			    struct error *err)
{
	auto_close int fd = path_open(layer->fd, path, PATH_NO_LINKS, O_RDONLY | O_DIRECTORY, NULL);
	auto_close int below = -1;

	if (fd < 0)
		return 0; /* a later entry took its place */
	if (directory->is_implied) {
		if (!is_hidden(layer, path) && !map_has(&layer->opaques, path))
			below = open_lower(lower_fd, path, O_RDONLY | O_DIRECTORY);
		return below < 0 ? 0 : tree_copy_metadata(below, fd, err);
	}
	/* make_directory leaves out set-id bits, and mkdir(2) does not change what was there */
	if (fchmod(fd, directory->mode) < 0 ||
	    futimens(fd, (struct timespec[]){directory->mtime, directory->mtime}) < 0)
		return error_errno(err, "cannot set mode and times");
	return 0;
}

static int finish_root(struct layer *layer, int previous_fd, struct error *err)
{
	if (map_has(&layer->directories, ""))
		return 0;
	if (previous_fd >= 0 && !map_has(&layer->opaques, ""))
		return tree_copy_metadata(previous_fd, layer->fd, err);
	if (fchmod(layer->fd, 0755) < 0)
		return error_errno(err, "cannot set the mode of the root");
	return 0;
}

int layer_finish(struct layer *layer, int previous_fd, int lower_fd, struct error *err)
{
	layer->is_finishing = true;
	map_each (entry, &layer->whiteouts)
		if (check_whiteout(layer, entry->key, lower_fd, err) < 0)
			return -1;
	map_each (entry, &layer->links)
		if (entry->value && make_link(layer, entry->key, entry->value, lower_fd, err) < 0)
			return error_wrap(err, "layer entry '%.200s'", entry->key);
	map_each (entry, &layer->directories)
		if (finish_directory(layer, entry->key, entry->value, lower_fd, err) < 0)
			return error_wrap(err, "directory '%.200s'", entry->key);
	return finish_root(layer, previous_fd, err);
}
