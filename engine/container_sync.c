/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container_sync.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path.h"
#include "engine/container_event.h"
#include "engine/container_root.h"
#include "engine/copy_stream.h"
#include "runtime/identity.h"
#include "storage/archive/layer_diff.h"
#include "storage/archive/tar_extract.h"
#include "storage/archive/tar_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Where one file stands: its directory, and its name in that. */
struct spot {
	int directory_fd; /* -1: there is none */
	char *directory;
	const char *name;
};

static void close_spot(struct spot *spot)
{
	cleanup_close(&spot->directory_fd);
	free(spot->directory);
}
#define auto_spot __attribute__((cleanup(close_spot)))

static int open_spot(struct spot *spot, int root_fd, const char *path, enum path_scope scope,
		     struct error *err)
{
	const char *slash = strrchr(path, '/');
	struct error reason = {0};

	spot->directory = path_directory(path);
	spot->name = slash ? slash + 1 : path;
	spot->directory_fd =
		path_open(root_fd, spot->directory, scope, O_RDONLY | O_DIRECTORY, &reason);
	if (spot->directory_fd >= 0 || reason.code == ENOENT || reason.code == ENOTDIR ||
	    reason.code == ELOOP)
		return 0;
	return error_pass(err, &reason);
}

static int open_local(struct spot *spot, const struct container_sync_file *file, struct error *err)
{
	auto_close int base_fd = open(file->base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (base_fd < 0 && errno != ENOENT && errno != ENOTDIR)
		return error_errno(err, "cannot open '%s'", file->base);
	return base_fd < 0 ? 0 : open_spot(spot, base_fd, file->name, PATH_NO_LINKS, err);
}

/* 0: it is not there. */
static mode_t kind_at(const struct spot *spot)
{
	struct stat status;

	if (spot->directory_fd < 0 ||
	    fstatat(spot->directory_fd, spot->name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return status.st_mode & S_IFMT;
}

/* ---- what goes ---------------------------------------------------------------------------------
 */

static bool is_in_the_way(const struct container_sync_file *file, mode_t local, mode_t there)
{
	if (!local)
		return true;
	if (!file->replaces)
		return false;
	/* Where a directory comes, a link to one stays. */
	return local == S_IFDIR ? there != S_IFDIR && there != S_IFLNK : there == S_IFDIR;
}

static int clear(int root_fd, const struct container_sync_file *file, struct error *err)
{
	auto_spot struct spot local = {.directory_fd = -1}, there = {.directory_fd = -1};
	mode_t kind;

	if (open_local(&local, file, err) < 0 ||
	    open_spot(&there, root_fd, file->path, PATH_IN_ROOT, err) < 0)
		return -1;
	kind = kind_at(&there);
	if (!kind || !is_in_the_way(file, kind_at(&local), kind))
		return 0;
	if (!*there.name)
		return error_set(err, ERROR_INVALID, "the root of a container is not removed");
	if (layer_diff_is_pseudo(there.directory_fd))
		return error_set(err, ERROR_INVALID,
				 "'%s' is in a file system that the kernel makes up", file->path);
	return file_remove_tree(there.directory_fd, there.name, err);
}

/* ---- what comes --------------------------------------------------------------------------------
 */

/* Of what is in a directory, each file is there for itself. */
static bool is_below(void *data, const char *path, int fd, const struct stat *status)
{
	const char *top = data;

	(void)fd;
	(void)status;
	return strcmp(path, top) != 0;
}

static int write_one(struct tar_writer *tar, const struct container_sync_file *file,
		     struct error *err)
{
	auto_spot struct spot local = {.directory_fd = -1};
	auto_free char *path = path_clean(file->path);
	char *top = path + (*path == '/');
	struct layer_diff diff = {.path = top, .skips = is_below, .data = top};

	if (open_local(&local, file, err) < 0)
		return -1;
	if (local.directory_fd < 0)
		return 0;
	diff.fd = local.directory_fd;
	diff.name = *local.name ? local.name : ".";
	return layer_diff_write(&diff, tar, err);
}

static int write_all(const void *data, int fd, struct error *err)
{
	const struct container_sync *sync = data;
	auto_tar_writer struct tar_writer tar;

	tar_writer_init_fd(&tar, fd);
	tar.has_exact_times = true;
	for (size_t i = 0; i < sync->count; i++)
		if (write_one(&tar, &sync->files[i], err) < 0)
			return -1;
	return tar_writer_finish(&tar, err);
}

static int extract(const struct container_root *root, const struct container_sync *sync,
		   struct arena *arena, struct error *err)
{
	const char *user = root->container->user;
	struct tar_extract extract = {.root_fd = root->fd, .path = "/", .joins_links = true};
	struct identity identity;

	if (user && *user) {
		if (identity_resolve(&identity, arena, root->fd, user, NULL, err) < 0)
			return -1;
		extract.sets_owner = true;
		extract.uid = identity.user.uid;
		extract.gid = identity.user.gid;
	}
	return copy_stream_run(write_all, sync, &extract, err);
}

static int sync_root(const struct container_root *root, const struct container_sync *sync,
		     struct arena *arena, struct error *err)
{
	for (size_t i = 0; i < sync->count; i++)
		if (clear(root->fd, &sync->files[i], err) < 0)
			return error_wrap(err, "cannot remove '%s'", sync->files[i].path);
	return extract(root, sync, arena, err);
}

int container_sync(struct engine *engine, const char *id, const struct container_sync *sync,
		   struct error *err)
{
	auto_arena struct arena arena = {0};
	auto_container_root struct container_root root = CONTAINER_ROOT_CLOSED;

	if (container_root_open(&root, engine, id, CONTAINER_ROOT_MOUNTED, &arena, err) < 0)
		return -1;
	if (sync_root(&root, sync, &arena, err) < 0)
		return error_wrap(err, "container %s", root.container->name);
	container_event(root.container, "extract-to-dir", NULL, 0);
	return 0;
}
