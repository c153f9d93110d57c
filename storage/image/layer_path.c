/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/layer_path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path.h"

#define MOST_LINKS 40 /* as the kernel's limit */

void layer_path_release(struct layer_place *place)
{
	strbuf_release(&place->path);
}

char *layer_path_clean(const char *name, struct error *err)
{
	char *clean;

	while (*name == '/')
		name++;
	if (strlen(name) >= PATH_MAX) {
		error_set(err, ERROR_INVALID, "the name '%.80s…' is longer than %d bytes", name,
			  PATH_MAX - 1);
		return NULL;
	}
	clean = path_clean(name);
	if (strcmp(clean, "..") == 0 || strncmp(clean, "../", 3) == 0) {
		error_set(err, ERROR_INVALID, "the entry '%.300s' leads out of the layer", name);
		free(clean);
		return NULL;
	}
	if (strcmp(clean, ".") == 0)
		clean[0] = '\0';
	return clean;
}

bool layer_path_is_whiteout(const struct stat *status)
{
	return S_ISCHR(status->st_mode) && status->st_rdev == makedev(0, 0);
}

int layer_path_check_tracked(const struct layer *layer, struct error *err)
{
	size_t count = layer->directories.count + layer->whiteouts.count + layer->opaques.count +
		       layer->links.count;

	if ((int64_t)count < layer->limits.tracked)
		return 0;
	return error_set(err, ERROR_INVALID,
			 "the layer has more than %jd directories and whiteouts",
			 (intmax_t)layer->limits.tracked);
}

/* Whatever was removed may have been on the way to a cached directory. */
void layer_path_forget(struct layer *layer)
{
	for (size_t i = 0; i < LAYER_CACHE_SIZE; i++) {
		struct layer_cached *cached = layer->cache + i;

		if (!cached->path)
			continue;
		close(cached->fd);
		free(take_ptr(cached->path));
	}
}

static struct layer_cached *find_cached(struct layer *layer, const char *path)
{
	for (size_t i = 0; i < LAYER_CACHE_SIZE; i++)
		if (layer->cache[i].path && strcmp(layer->cache[i].path, path) == 0)
			return layer->cache + i;
	return NULL;
}

static int remember(struct layer *layer, const char *path, int fd)
{
	struct layer_cached *oldest = layer->cache;

	for (size_t i = 0; i < LAYER_CACHE_SIZE; i++) {
		struct layer_cached *cached = layer->cache + i;

		if (!cached->path) {
			oldest = cached;
			break;
		}
		if (cached->used < oldest->used)
			oldest = cached;
	}
	if (oldest->path) {
		close(oldest->fd);
		free(oldest->path);
	}
	*oldest = (struct layer_cached){alloc_string(path), fd, ++layer->tick};
	return fd;
}

/* A directory by its canonical path; -1 when that is not one, or leads over a link. */
static int open_directory(struct layer *layer, const char *path)
{
	struct layer_cached *cached;
	int fd;

	if (!*path)
		return layer->fd;
	cached = find_cached(layer, path);
	if (cached) {
		cached->used = ++layer->tick;
		return cached->fd;
	}
	fd = path_open(layer->fd, path, PATH_NO_LINKS, O_PATH | O_DIRECTORY, NULL);
	return fd < 0 ? -1 : remember(layer, path, fd);
}

static int check_depth(const struct layer *layer, const char *path, struct error *err)
{
	int64_t depth = 1;

	for (; *path; path++)
		depth += *path == '/';
	if (depth > layer->limits.depth)
		return error_set(err, ERROR_INVALID,
				 "directories are nested deeper than %jd levels",
				 (intmax_t)layer->limits.depth);
	return 0;
}

static void go_up(struct strbuf *path)
{
	char *slash = path->length ? strrchr(path->text, '/') : NULL;

	path->length = slash ? (size_t)(slash - path->text) : 0;
	if (path->text)
		path->text[path->length] = '\0';
}

/* A link found on the way: its target goes in front of what is still to walk. */
static int follow(int dirfd, const char *name, struct strbuf *walked, char **rest,
		  struct error *err)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(dirfd, name, target, sizeof(target) - 1);
	char *joined;

	if (length < 0)
		return error_errno(err, "cannot read the link '%s'", name);
	target[length] = '\0';
	if (target[0] == '/')
		strbuf_clear(walked);
	if (target[0] == '/' && walked->text)
		walked->text[0] = '\0';
	joined = alloc_format("%s/%s", target, *rest);
	free(*rest);
	*rest = joined;
	return 0;
}

/* Takes one component: 1 done, 0 missing (without @create), 2 a link was put in front of @rest. */
static int step(struct layer *layer, struct strbuf *walked, const char *name, char **rest,
		bool create, struct error *err)
{
	auto_place struct layer_place place = {0};
	struct stat status;

	place.parent_fd = open_directory(layer, strbuf_text(walked));
	if (place.parent_fd < 0)
		return error_errno(err, "cannot open the directory '%s'", strbuf_text(walked));
	strbuf_printf(&place.path, "%s%s%s", strbuf_text(walked), walked->length ? "/" : "", name);
	place.name = place.path.text + place.path.length - strlen(name);
	if (fstatat(place.parent_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT)
			return error_errno(err, "cannot read '%s'", place.path.text);
		status.st_mode = 0;
	} else if (S_ISLNK(status.st_mode)) {
		return follow(place.parent_fd, name, walked, rest, err) < 0 ? -1 : 2;
	}
	if (status.st_mode == 0 || layer_path_is_whiteout(&status)) {
		if (!create)
			return 0;
		if (layer_path_make_directory(layer, &place, 0755, err) < 0)
			return -1;
	} else if (!S_ISDIR(status.st_mode)) {
		return error_set(err, ERROR_INVALID, "'%.300s' is in the way: not a directory",
				 place.path.text);
	}
	strbuf_clear(walked);
	strbuf_add(walked, place.path.text);
	return 1;
}

/* The slow way: one component after another. */
static int walk(struct layer *layer, const char *path, bool create, struct strbuf *walked,
		struct error *err)
{
	auto_free char *rest = alloc_string(path);
	int links = 0;

	while (*rest) {
		auto_free char *name = NULL;
		size_t length = strcspn(rest, "/");
		int result;

		name = alloc_string_n(rest, length);
		memmove(rest, rest + length + (rest[length] == '/'),
			strlen(rest + length + (rest[length] == '/')) + 1);
		if (length == 0 || strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") == 0) {
			go_up(walked);
			continue;
		}
		result = step(layer, walked, name, &rest, create, err);
		if (result <= 0)
			return result;
		if (result == 2 && (++links > MOST_LINKS || strlen(rest) > (size_t)16 * PATH_MAX))
			return error_set(err, ERROR_INVALID, "'%.300s': too many symbolic links",
					 path);
	}
	return 1;
}

int layer_path_find(struct layer *layer, const char *name, bool create, struct layer_place *place,
		    struct error *err)
{
	const char *slash = strrchr(name, '/');
	size_t length = slash ? (size_t)(slash - name) : 0;
	const char *base = slash ? slash + 1 : name;

	strbuf_clear(&place->path);
	place->name = NULL;
	place->parent_fd = layer->fd;
	strbuf_add_n(&place->path, name, length);
	if (!*name)
		return 1;
	place->parent_fd = open_directory(layer, strbuf_text(&place->path));
	if (place->parent_fd < 0) {
		auto_strbuf struct strbuf walked = {0};
		int result = walk(layer, place->path.text, create, &walked, err);

		if (result <= 0)
			return result;
		place->parent_fd = open_directory(layer, strbuf_text(&walked));
		if (place->parent_fd < 0)
			return error_errno(err, "cannot open the directory '%s'", walked.text);
		strbuf_clear(&place->path);
		strbuf_add(&place->path, strbuf_text(&walked));
	}
	strbuf_printf(&place->path, "%s%s", place->path.length ? "/" : "", base);
	place->name = place->path.text + place->path.length - strlen(base);
	return check_depth(layer, place->path.text, err) < 0 ? -1 : 1;
}

int layer_path_again(struct layer *layer, struct layer_place *place, struct error *err)
{
	size_t length = place->path.length - (place->name ? strlen(place->name) : 0);
	char *end = length ? place->path.text + length - 1 : NULL;

	if (!end) {
		place->parent_fd = layer->fd;
		return 0;
	}
	*end = '\0';
	place->parent_fd = open_directory(layer, place->path.text);
	if (place->parent_fd < 0)
		error_errno(err, "cannot open the directory '%s'", place->path.text);
	*end = '/';
	return place->parent_fd < 0 ? -1 : 0;
}

/* It stays in the map, without a target: removing it there would take time for each. */
void layer_path_drop_link(struct layer *layer, const char *path)
{
	if (layer->links.count && !layer->is_finishing && map_has(&layer->links, path))
		map_set(&layer->links, path, NULL);
}

int layer_path_set_opaque(struct layer *layer, const char *path, int fd, struct error *err)
{
	if (layer_path_check_tracked(layer, err) < 0)
		return -1;
	if (fsetxattr(fd, "trusted.overlay.opaque", "y", 1, 0) < 0)
		return error_errno(err, "cannot mark the directory '/%s' as opaque", path);
	map_set(&layer->opaques, path, NULL);
	return 0;
}

static int set_opaque_below(struct layer *layer, const struct layer_place *place, struct error *err)
{
	auto_close int fd = openat(place->parent_fd, place->name,
				   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, "cannot open the directory '%s'", place->path.text);
	return layer_path_set_opaque(layer, place->path.text, fd, err);
}

/* The set-group-id bit waits for layer_finish: with it, new entries would take over the group. */
int layer_path_make_directory(struct layer *layer, const struct layer_place *place, mode_t mode,
			      struct error *err)
{
	struct layer_directory *directory;
	struct stat status;

	if (layer_path_check_tracked(layer, err) < 0 ||
	    check_depth(layer, place->path.text, err) < 0)
		return -1;
	if (mkdirat(place->parent_fd, place->name, mode & 01777) < 0) {
		if (errno != EEXIST)
			return error_errno(err, "cannot create the directory '%s'",
					   place->path.text);
		if (fstatat(place->parent_fd, place->name, &status, AT_SYMLINK_NOFOLLOW) < 0)
			return error_errno(err, "cannot read '%s'", place->path.text);
		if (S_ISDIR(status.st_mode))
			return 0;
		if (layer_path_clear(layer, place, err) < 0)
			return -1;
		if (mkdirat(place->parent_fd, place->name, mode & 01777) < 0)
			return error_errno(err, "cannot create the directory '%s'",
					   place->path.text);
	}
	layer_path_drop_link(layer, place->path.text);
	directory = arena_alloc(&layer->arena, sizeof(*directory));
	directory->is_implied = true;
	directory->mode = mode;
	map_set(&layer->directories, place->path.text, directory);
	if (map_has(&layer->whiteouts, place->path.text) && set_opaque_below(layer, place, err) < 0)
		return -1;
	return 1;
}

int layer_path_clear(struct layer *layer, const struct layer_place *place, struct error *err)
{
	struct stat status;

	if (fstatat(place->parent_fd, place->name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : error_errno(err, "cannot read '%s'", place->path.text);
	if (file_remove_tree(place->parent_fd, place->name, err) < 0)
		return -1;
	/* The parent's descriptor in @place comes from the cache: keep that one open. */
	if (S_ISDIR(status.st_mode) || S_ISLNK(status.st_mode)) {
		for (size_t i = 0; i < LAYER_CACHE_SIZE; i++) {
			struct layer_cached *cached = layer->cache + i;

			if (!cached->path || cached->fd == place->parent_fd)
				continue;
			close(cached->fd);
			free(take_ptr(cached->path));
		}
	}
	return 0;
}
