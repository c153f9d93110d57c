/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container has changed, from its writable layer beside an overlay of the image.
 *
 * As in Docker, a directory counts as changed when its own size, mode or time did, or when
 * something was added or deleted in it.
 */
#include "engine/container_files.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "engine/container_root.h"
#include "storage/archive/layer_diff.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define DEEPEST 600

struct walk {
	struct arena *arena;
	struct container_change *changes;
	size_t count;
	struct strbuf path; /* without a slash in front */
	int image_fd;
	unsigned depth;
};

/* One directory of the writable layer. */
struct place {
	int fd;
	bool is_opaque;
	bool is_new; /* the image has no directory here */
	bool has_placeholder, has_changes;
};

static void note(struct walk *walk, char kind)
{
	walk->changes = arena_grow(walk->arena, walk->changes, walk->count, sizeof(*walk->changes));
	walk->changes[walk->count++] = (struct container_change){
		kind, arena_format(walk->arena, "/%s", strbuf_text(&walk->path))};
}

static int walk_directory(struct walk *walk, struct place *place, struct error *err);

/* What the image has at the current path. */
static bool find_in_image(const struct walk *walk, struct stat *status)
{
	auto_close int fd = path_open(walk->image_fd, strbuf_text(&walk->path), PATH_NO_LINKS,
				      O_PATH | O_NOFOLLOW, NULL);

	return fd >= 0 && fstat(fd, status) == 0;
}

static bool is_same_directory(const struct stat *a, const struct stat *b)
{
	return a->st_mode == b->st_mode && a->st_uid == b->st_uid && a->st_gid == b->st_gid &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Only the time differs, because of something that we have put there. */
static bool is_touched_by_us(const struct place *place, const struct stat *a, const struct stat *b)
{
	return place->has_placeholder && !place->has_changes && a->st_mode == b->st_mode &&
	       a->st_uid == b->st_uid && a->st_gid == b->st_gid;
}

/* Takes @fd, so that one descriptor a level is enough. */
static int compare_directory(struct walk *walk, int *fd, const struct stat *status,
			     const struct stat *below, struct error *err)
{
	auto_close int opened = openat(*fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct place place = {.fd = opened, .is_new = !below || !S_ISDIR(below->st_mode)};
	int result;

	if (opened < 0)
		return error_errno(err, "cannot open '/%s'", strbuf_text(&walk->path));
	close(take_fd(fd));
	place.is_opaque = layer_diff_is_opaque(opened);
	if (walk->depth >= DEEPEST)
		return error_set(err, ERROR_INVALID, "directories are nested deeper than %d levels",
				 DEEPEST);
	walk->depth++;
	result = walk_directory(walk, &place, err);
	walk->depth--;
	if (result < 0)
		return -1;
	if (!below)
		note(walk, 'A');
	else if (place.is_new || place.is_opaque || place.has_changes ||
		 (!is_same_directory(status, below) && !is_touched_by_us(&place, status, below)))
		note(walk, 'C');
	return 0;
}

static int compare(struct walk *walk, struct place *place, const char *name, struct error *err)
{
	auto_close int fd = openat(place->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat status, below;
	bool is_below;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &status) < 0)
		return error_errno(err, "cannot read '/%s'", walk->path.text);
	if (layer_diff_is_whiteout(fd, &status)) {
		place->has_changes = true;
		note(walk, 'D');
		return 0;
	}
	is_below = !place->is_new && find_in_image(walk, &below);
	if (!is_below && container_root_is_placeholder(-1, walk->path.text, fd, &status)) {
		place->has_placeholder = true;
		return 0;
	}
	place->has_changes |= !is_below;
	if (S_ISDIR(status.st_mode))
		return compare_directory(walk, &fd, &status, is_below ? &below : NULL, err);
	note(walk, is_below ? 'C' : 'A');
	return 0;
}

static int list_names(int fd, struct strvec *names)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			strvec_add(names, entry->d_name);
	return dir ? 0 : -1;
}

static int each_name(struct walk *walk, struct place *place, int fd,
		     int (*call)(struct walk *walk, struct place *place, const char *name,
				 struct error *err),
		     struct error *err)
{
	auto_strvec struct strvec names = {0};
	size_t length = walk->path.length;

	if (list_names(fd, &names) < 0)
		return error_errno(err, "cannot list '/%s'", strbuf_text(&walk->path));
	strvec_each (name, &names) {
		strbuf_printf(&walk->path, "%s%s", length ? "/" : "", *name);
		if (call(walk, place, *name, err) < 0)
			return -1;
		walk->path.length = length;
		walk->path.text[length] = '\0';
	}
	return 0;
}

/* What the image has in a directory that was replaced, and the container has not. */
static int find_hidden(struct walk *walk, struct place *place, const char *name, struct error *err)
{
	struct stat status;

	(void)err;
	if (fstatat(place->fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
		place->has_changes = true;
		note(walk, 'D');
	}
	return 0;
}

static int walk_directory(struct walk *walk, struct place *place, struct error *err)
{
	auto_close int below = -1;

	if (each_name(walk, place, place->fd, compare, err) < 0)
		return -1;
	if (!place->is_opaque || place->is_new)
		return 0;
	below = path_open(walk->image_fd, strbuf_text(&walk->path), PATH_NO_LINKS,
			  O_RDONLY | O_DIRECTORY, NULL);
	return below < 0 ? 0 : each_name(walk, place, below, find_hidden, err);
}

static int by_path(const void *a, const void *b)
{
	const struct container_change *left = a, *right = b;

	return strcmp(left->path, right->path);
}

int container_diff(struct engine *engine, const char *id, struct container_change **changes,
		   size_t *count, struct arena *arena, struct error *err)
{
	auto_container_root struct container_root root = CONTAINER_ROOT_CLOSED;
	auto_close int upper = -1;
	auto_close int image = -1;
	struct walk walk = {.arena = arena};
	struct place place = {0};
	int result = 0;

	if (container_root_open(&root, engine, id, CONTAINER_ROOT_NONE, arena, err) < 0)
		return -1;
	upper = container_root_open_upper(engine, id);
	image = container_root_open_image(engine, root.container, err);
	if (image < 0)
		return -1;
	walk.image_fd = image;
	place.fd = upper;
	if (upper >= 0) {
		place.is_opaque = layer_diff_is_opaque(upper);
		result = walk_directory(&walk, &place, err);
	}
	strbuf_release(&walk.path);
	if (walk.count > 1)
		qsort(walk.changes, walk.count, sizeof(*walk.changes), by_path);
	*changes = walk.changes;
	*count = walk.count;
	return result;
}
