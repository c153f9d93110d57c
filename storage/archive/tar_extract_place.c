/* SPDX-License-Identifier: Apache-2.0 */
/* The directories that an archive's entries go into. */
#include "storage/archive/tar_extract_private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "storage/archive/layer_diff.h"

/* Where @path, a cleaned one of the archive, is seen from what is walked. */
static char *place_of(const struct tar_extract *extract, const char *path)
{
	if (extract->root_fd < 0)
		return alloc_string(*path ? path : ".");
	return *path ? alloc_format("%s/%s", extract->path, path) : alloc_string(extract->path);
}

int tar_extract_check_place(int fd, const char *path, struct error *err)
{
	if (layer_diff_is_pseudo(fd))
		return error_set(err, ERROR_INVALID,
				 "'%s' is in a file system that the kernel makes up", path);
	return 0;
}

int tar_extract_open_directory(const struct tar_extract *extract, const char *path,
			       struct error *err)
{
	auto_free char *place = place_of(extract, path);
	bool has_root = extract->root_fd >= 0;

	return path_open(has_root ? extract->root_fd : extract->directory_fd, place,
			 has_root ? PATH_IN_ROOT : PATH_NO_LINKS, O_RDONLY | O_DIRECTORY, err);
}

/* As BuildKit does for ADD: where a link on the way leads to nothing yet, it is made; root's. */
static int make_behind_links(const struct tar_extract *extract, const char *path, struct error *err)
{
	auto_free char *place = place_of(extract, path);
	auto_close int fd = path_make_directories(extract->root_fd, place, 0755, 0, 0, err);

	return fd < 0 ? -1 : tar_extract_open_directory(extract, path, err);
}

/* An archive need not name the directories of its files. */
static int make_directory(struct tar_extract_state *run, const char *path, struct error *err)
{
	const struct tar_extract *extract = run->extract;
	auto_free char *parent = alloc_string(path);
	char *slash = strrchr(parent, '/');
	auto_close int parent_fd = -1;
	struct error problem = {0};
	int fd = tar_extract_open_directory(extract, path, &problem);

	if (fd >= 0)
		return fd;
	if (problem.code != ENOENT || !*path)
		return error_pass(err, &problem);
	if (extract->replaces)
		return make_behind_links(extract, path, err);
	*(slash ? slash : parent) = '\0';
	parent_fd = make_directory(run, parent, err);
	if (parent_fd < 0 || tar_extract_check_place(parent_fd, parent, err) < 0)
		return -1;
	if (mkdirat(parent_fd, path + (slash ? slash + 1 - parent : 0), 0755) < 0 &&
	    errno != EEXIST)
		return error_errno(err, "cannot create the directory '%s'", path);
	fd = tar_extract_open_directory(extract, path, err);
	if (fd >= 0 && extract->sets_owner && fchown(fd, extract->uid, extract->gid) < 0) {
		close(fd);
		return error_errno(err, "cannot set the owner of '%s'", path);
	}
	return fd;
}

void tar_extract_forget_parent(struct tar_extract_state *run)
{
	free(run->parent);
	run->parent = NULL;
}

/* Most entries are in the same directory as the one before. */
int tar_extract_find_parent(struct tar_extract_state *run, const char *path,
			    struct tar_extract_item *item, struct error *err)
{
	const char *slash = strrchr(path, '/');
	auto_free char *parent = alloc_string_n(path, slash ? (size_t)(slash - path) : 0);

	if (!run->parent || strcmp(run->parent, parent) != 0) {
		auto_close int fd = make_directory(run, parent, err);

		if (fd < 0 || tar_extract_check_place(fd, parent, err) < 0)
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
