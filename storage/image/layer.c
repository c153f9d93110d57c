/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/layer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "storage/archive/compress.h"
#include "storage/archive/tarball.h"
#include "storage/archive/tree.h"
#include "storage/image/layer_path.h"
#include "storage/image/layer_stream.h"

/* With holes, that is: what an ext4 can hold. On others, reading it would never end. */
#define MOST_FILE_BYTES ((int64_t)16 << 40)

static const struct layer_limits default_limits = {
	.bytes = (int64_t)256 << 30,
	.entries = 4000000,
	.tracked = 400000,
	.depth = 512,
};

/* One entry on its way to the disk. */
struct item {
	struct layer *layer;
	struct tarball_reader *tar;
	struct tarball_entry entry;
	struct layer_place place;
};

void layer_init(struct layer *layer, int fd)
{
	*layer = (struct layer){.fd = fd, .limits = default_limits};
}

void layer_release(struct layer *layer)
{
	layer_path_forget(layer);
	map_release(&layer->directories);
	map_release(&layer->whiteouts);
	map_release(&layer->opaques);
	map_release(&layer->links);
	arena_release(&layer->arena);
}

static int set_xattrs(const struct item *item, int dirfd, const char *name, struct error *err)
{
	const char *key;
	const void *value;
	size_t length;

	while (tarball_xattr(item->tar, &key, &value, &length))
		if (tree_keeps_xattr(key) &&
		    tree_set_xattr(dirfd, name, key, value, length, err) < 0)
			return -1;
	return 0;
}

/* Runs @create until nothing is in its way any more, which takes two rounds at most. */
static int create_anew(const struct item *item, int (*create)(const struct item *item),
		       struct error *err)
{
	int result = create(item);

	if (result < 0 && errno == EEXIST) {
		if (layer_path_clear(item->layer, &item->place, err) < 0)
			return -1;
		result = create(item);
	}
	if (result < 0)
		return error_errno(err, "cannot create it");
	layer_path_drop_link(item->layer, item->place.path.text);
	return result;
}

static int create_file(const struct item *item)
{
	return openat(item->place.parent_fd, item->place.name,
		      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, item->entry.mode);
}

static int write_data(const struct item *item, int fd, struct error *err)
{
	int64_t at = 0, offset;
	const void *chunk;
	ssize_t n;

	if (item->entry.size > MOST_FILE_BYTES)
		return error_set(err, ERROR_INVALID, "a file of %jd bytes is too large",
				 (intmax_t)item->entry.size);
	while ((n = tarball_data(item->tar, &chunk, &offset, err)) > 0) {
		if (offset < at || n > item->entry.size - offset)
			return error_set(err, ERROR_INVALID, "its map of holes is wrong");
		if (offset != at && lseek(fd, offset, SEEK_SET) < 0)
			return error_errno(err, "cannot seek");
		if (file_write_all(fd, chunk, (size_t)n, err) < 0)
			return -1;
		at = offset + n;
		item->layer->size += n;
	}
	if (n == 0 && at < item->entry.size && ftruncate(fd, item->entry.size) < 0)
		return error_errno(err, "cannot set the size to %jd bytes",
				   (intmax_t)item->entry.size);
	return n < 0 ? -1 : 0;
}

static int apply_file(const struct item *item, struct error *err)
{
	const struct tarball_entry *entry = &item->entry;
	auto_close int fd = create_anew(item, create_file, err);

	if (fd < 0 || write_data(item, fd, err) < 0)
		return -1;
	if ((entry->uid || entry->gid) && fchown(fd, entry->uid, entry->gid) < 0)
		return error_errno(err, "cannot set the owner");
	if ((entry->mode & 07000) && fchmod(fd, entry->mode) < 0)
		return error_errno(err, "cannot set the mode");
	if (set_xattrs(item, fd, NULL, err) < 0)
		return -1;
	if (futimens(fd, (struct timespec[]){entry->mtime, entry->mtime}) < 0)
		return error_errno(err, "cannot set the times");
	return 0;
}

static int apply_directory(const struct item *item, struct error *err)
{
	const struct tarball_entry *entry = &item->entry;
	struct layer *layer = item->layer;
	struct layer_directory *directory;
	auto_close int fd = -1;
	int created = 1;

	if (item->place.name)
		created = layer_path_make_directory(layer, &item->place, entry->mode, err);
	if (created < 0)
		return -1;
	directory = map_get(&layer->directories, strbuf_text(&item->place.path));
	if (!directory) {
		directory = arena_alloc(&layer->arena, sizeof(*directory));
		map_set(&layer->directories, strbuf_text(&item->place.path), directory);
	}
	*directory = (struct layer_directory){.mtime = entry->mtime, .mode = entry->mode};
	fd = openat(item->place.parent_fd, item->place.name ? item->place.name : ".",
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "cannot open it");
	if ((!created || !item->place.name || entry->uid || entry->gid) &&
	    fchown(fd, entry->uid, entry->gid) < 0)
		return error_errno(err, "cannot set the owner");
	return set_xattrs(item, fd, NULL, err);
}

static int create_symlink(const struct item *item)
{
	return symlinkat(item->entry.symlink, item->place.parent_fd, item->place.name);
}

static int create_node(const struct item *item)
{
	return mknodat(item->place.parent_fd, item->place.name, item->entry.type | item->entry.mode,
		       item->entry.device);
}

/* Links, devices, FIFOs: no descriptor without opening, so by name below the parent. */
static int finish_special(const struct item *item, struct error *err)
{
	const struct tarball_entry *entry = &item->entry;
	int dirfd = item->place.parent_fd;
	const char *name = item->place.name;

	if ((entry->uid || entry->gid) &&
	    fchownat(dirfd, name, entry->uid, entry->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "cannot set the owner");
	if (!entry->symlink && (entry->mode & 07000) && fchmodat(dirfd, name, entry->mode, 0) < 0)
		return error_errno(err, "cannot set the mode");
	if (set_xattrs(item, dirfd, name, err) < 0)
		return -1;
	if (utimensat(dirfd, name, (struct timespec[]){entry->mtime, entry->mtime},
		      AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "cannot set the times");
	return 0;
}

static int apply_symlink(const struct item *item, struct error *err)
{
	if (!item->entry.symlink || !*item->entry.symlink)
		return error_set(err, ERROR_INVALID, "the link has no target");
	return create_anew(item, create_symlink, err) < 0 ? -1 : finish_special(item, err);
}

static int apply_node(const struct item *item, struct error *err)
{
	if (S_ISCHR(item->entry.type) && item->entry.device == makedev(0, 0))
		return error_set(err, ERROR_INVALID,
				 "the device 0:0 is overlayfs' whiteout; layers use .wh. files");
	return create_anew(item, create_node, err) < 0 ? -1 : finish_special(item, err);
}

/* The target is in a lower layer, or missing: layer_finish will see. */
static int defer_link(const struct item *item, const char *target, struct error *err)
{
	struct layer *layer = item->layer;

	if (layer_path_check_tracked(layer, err) < 0 ||
	    layer_path_clear(layer, &item->place, err) < 0)
		return -1;
	map_set(&layer->links, item->place.path.text, arena_string(&layer->arena, target));
	return 0;
}

static int apply_hardlink(struct item *item, struct error *err)
{
	auto_free char *target = layer_path_clean(item->entry.hardlink, err);
	auto_place struct layer_place from = {0};
	auto_close int from_fd = -1;
	struct stat status;
	int result;

	if (!target)
		return -1;
	if (!*target)
		return error_set(err, ERROR_INVALID, "a hard link to the root");
	result = layer_path_find(item->layer, target, false, &from, err);
	if (result < 0)
		return -1;
	if (layer_path_again(item->layer, &item->place, err) < 0)
		return -1;
	if (result == 0 || fstatat(from.parent_fd, from.name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return defer_link(item, result ? from.path.text : target, err);
	if (strcmp(from.path.text, item->place.path.text) == 0)
		return 0;
	if (S_ISDIR(status.st_mode) || layer_path_is_whiteout(&status))
		return error_set(err, ERROR_INVALID, "'%.300s' cannot be linked to", target);
	layer_path_drop_link(item->layer, item->place.path.text);
	if (linkat(from.parent_fd, from.name, item->place.parent_fd, item->place.name, 0) == 0)
		return 0;
	if (errno != EEXIST)
		return error_errno(err, "cannot link it to '%.300s'", target);
	from_fd = fcntl(from.parent_fd, F_DUPFD_CLOEXEC, 3); /* the cache may drop the other */
	if (layer_path_clear(item->layer, &item->place, err) < 0)
		return -1;
	if (linkat(from_fd, from.name, item->place.parent_fd, item->place.name, 0) < 0)
		return error_errno(err, "cannot link it to '%.300s'", target);
	return 0;
}

static int apply_opaque(struct item *item, struct error *err)
{
	size_t length = item->place.path.length - strlen(item->place.name);
	auto_free char *path = alloc_string_n(item->place.path.text, length ? length - 1 : 0);
	auto_close int fd = openat(item->place.parent_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, "cannot open the directory '%s'", path);
	return layer_path_set_opaque(item->layer, path, fd, err);
}

/* Whiteouts are about the layers below wherever they stand in the tar: what this layer has under
 * the name stays, and if that is a directory, it hides the one below. */
static int apply_whiteout(struct item *item, struct error *err)
{
	struct layer_place *place = &item->place;
	struct layer *layer = item->layer;
	auto_close int fd = -1;

	if (strcmp(place->name, ".wh..wh..opq") == 0)
		return apply_opaque(item, err);
	if (strncmp(place->name, ".wh..wh.", 8) == 0)
		return 0; /* aufs' own files */
	if (strcmp(place->name, ".wh.") == 0 || strcmp(place->name, ".wh..") == 0 ||
	    strcmp(place->name, ".wh...") == 0)
		return error_set(err, ERROR_INVALID, "the whiteout names nothing");
	if (layer_path_check_tracked(layer, err) < 0)
		return -1;
	memmove((char *)place->name, place->name + 4, strlen(place->name + 4) + 1);
	place->path.length -= 4;
	map_set(&layer->whiteouts, place->path.text, NULL);
	if (map_get(&layer->links, place->path.text))
		return 0; /* the link that will be made hides what is below, too */
	if (mknodat(place->parent_fd, place->name, S_IFCHR, makedev(0, 0)) == 0)
		return 0;
	if (errno != EEXIST)
		return error_errno(err, "cannot create the whiteout");
	fd = openat(place->parent_fd, place->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? 0 : layer_path_set_opaque(layer, place->path.text, fd, err);
}

/* 1: this is aufs' bookkeeping; -1: a whiteout as a parent makes no sense. */
static int check_parents(const char *path, struct error *err)
{
	const char *at = path;

	for (const char *slash; (slash = strchr(at, '/')); at = slash + 1) {
		if (strncmp(at, ".wh..wh.", 8) == 0)
			return 1;
		if (strncmp(at, ".wh.", 4) == 0)
			return error_set(err, ERROR_INVALID, "a whiteout is not a directory");
	}
	return 0;
}

static int apply_typed(struct item *item, struct error *err)
{
	if (item->entry.hardlink)
		return apply_hardlink(item, err);
	switch (item->entry.type) {
	case S_IFREG:
		return apply_file(item, err);
	case S_IFLNK:
		return apply_symlink(item, err);
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
		return apply_node(item, err);
	case S_IFSOCK:
		return 0;
	default:
		return error_set(err, ERROR_INVALID, "its type is unknown");
	}
}

static int apply_place(struct item *item, const char *path, struct error *err)
{
	if (layer_path_find(item->layer, path, true, &item->place, err) < 0)
		return -1;
	if (item->place.name && strncmp(item->place.name, ".wh.", 4) == 0)
		return apply_whiteout(item, err);
	if (item->entry.type == S_IFDIR && !item->entry.hardlink)
		return apply_directory(item, err);
	if (!item->place.name)
		return error_set(err, ERROR_INVALID, "the root can only be a directory");
	return apply_typed(item, err);
}

static int apply_entry(struct layer *layer, struct tarball_reader *tar,
		       const struct tarball_entry *entry, struct error *err)
{
	struct item item = {.layer = layer, .tar = tar, .entry = *entry};
	auto_free char *path = NULL;
	int result;

	if (++layer->entries > layer->limits.entries)
		return error_set(err, ERROR_INVALID, "the layer has more than %jd entries",
				 (intmax_t)layer->limits.entries);
	path = layer_path_clean(entry->path, err);
	if (!path)
		return -1;
	result = check_parents(path, err);
	if (result == 0)
		result = apply_place(&item, path, err);
	layer_path_release(&item.place);
	return result < 0 ? error_wrap(err, "layer entry '%.200s'", entry->path) : 0;
}

static int apply_stream(struct layer *layer, struct layer_stream *stream, struct error *err)
{
	auto_tarball struct tarball_reader tar = {0};
	struct tarball_entry entry;
	int result;

	if (tarball_open(&tar, layer_stream_read, stream, err) < 0)
		return -1;
	while ((result = tarball_next(&tar, &entry, err)) > 0)
		if (apply_entry(layer, &tar, &entry, err) < 0)
			return -1;
	return result < 0 ? -1 : tarball_drain(&tar, err);
}

static int apply_reader(struct layer *layer, struct compress_reader *reader, const char *blob_hex,
			struct error *err)
{
	auto_layer_stream struct layer_stream stream = {0};
	mode_t mask;
	int result;

	layer_stream_init(&stream);
	stream.reader = reader;
	stream.limit = layer->limits.bytes;
	stream.progress = layer->progress;
	stream.is_hashed = compress_kind(reader) != COMPRESS_NONE || !blob_hex;
	mask = umask(0); /* so that modes hold without a chmod each */
	result = apply_stream(layer, &stream, err);
	umask(mask);
	if (result < 0)
		return -1;
	if (stream.is_hashed)
		layer_stream_finish(&stream, layer->diff_id);
	else
		memcpy(layer->diff_id, blob_hex, DIGEST_HEX_SIZE);
	return 0;
}

int layer_apply(struct layer *layer, int blob_fd, const char *blob_hex, struct error *err)
{
	auto_compress struct compress_reader *reader = NULL;

	if (compress_open(&reader, blob_fd, err) < 0)
		return -1;
	return apply_reader(layer, reader, blob_hex, err);
}

int layer_apply_source(struct layer *layer, compress_source *source, void *data,
		       const char *blob_hex, struct error *err)
{
	auto_compress struct compress_reader *reader = NULL;

	if (compress_open_source(&reader, source, data, err) < 0)
		return -1;
	return apply_reader(layer, reader, blob_hex, err);
}
