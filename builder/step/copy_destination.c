/* SPDX-License-Identifier: Apache-2.0 */
/* Where COPY writes to: links followed within the root, missing directories made. */
#include "builder/step/copy_private.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

/* As the kernel: so many links on the way, then it is a loop. */
#define MOST_LINKS 40

static int make_directories(const struct copy_request *request, const char *path, mode_t mode,
			    struct error *err)
{
	bool is_owned = request->owner.is_set;
	auto_close int made = path_make_directories(request->root_fd, path, mode,
						    is_owned ? request->owner.uid : 0,
						    is_owned ? request->owner.gid : 0, err);
	int fd;

	if (made < 0)
		return -1;
	fd = openat(made, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? error_errno(err, "cannot open the directory '%s'", path) : fd;
}

/* The directory at @path, or -1 with ENOENT or ENOTDIR in @err. */
static int open_directory(const struct copy_request *request, const char *path, struct error *err)
{
	return path_open(request->root_fd, path, PATH_IN_ROOT, O_RDONLY | O_DIRECTORY, err);
}

static int open_or_make(const struct copy_request *request, const char *path, mode_t mode,
			struct error *err)
{
	struct error problem = {0};
	int fd = open_directory(request, path, &problem);

	if (fd >= 0)
		return fd;
	if (problem.code == ENOTDIR)
		return error_set(err, ERROR_INVALID, "cannot copy to non-directory: %s", path);
	if (problem.code != ENOENT)
		return error_pass(err, &problem);
	return make_directories(request, path, mode, err);
}

int copy_destination_directory(const struct copying *copying, mode_t mode, struct error *err)
{
	return open_or_make(copying->request, copying->destination, mode, err);
}

static void cut_slashes(char *path)
{
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		path[--length] = '\0';
}

/* Where the link @name in @parent leads, seen from the root: malloc'ed, not cleaned, since ".."
 * behind a link means the directory that the link leads to. NULL: it is no link. */
static char *read_link(int parent, const char *name, const char *directory)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(parent, name, target, sizeof(target) - 1);
	char *path;

	if (length <= 0)
		return NULL;
	target[length] = '\0';
	path = *target == '/' ? alloc_string(target) : alloc_format("%s/%s", directory, target);
	cut_slashes(path);
	return path;
}

int copy_destination_file(const struct copying *copying, const char *base, char **name,
			  struct error *err)
{
	const struct copy_request *request = copying->request;
	mode_t mode = copy_chmod_parent(request->chmod);
	auto_free char *path = alloc_string(copying->destination);

	for (int left = MOST_LINKS; left > 0; left--) {
		struct error problem = {0};
		auto_free char *directory = NULL;
		auto_close int fd = copying->ends_in_directory
					    ? open_or_make(request, path, mode, err)
					    : open_directory(request, path, &problem);
		char *next;

		if (fd >= 0 || copying->ends_in_directory) {
			*name = fd < 0 ? NULL : alloc_string(base);
			return take_fd(&fd);
		}
		if (problem.code != ENOENT && problem.code != ENOTDIR)
			return error_pass(err, &problem);
		directory = path_directory(path);
		fd = open_or_make(request, directory, mode, err);
		if (fd < 0)
			return -1;
		next = read_link(fd, strrchr(path, '/') + 1, directory);
		if (!next) {
			*name = alloc_string(strrchr(path, '/') + 1);
			return take_fd(&fd);
		}
		free(path);
		path = next;
	}
	return error_number(err, ELOOP, "cannot open '%s'", copying->destination);
}
