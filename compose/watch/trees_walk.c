/* SPDX-License-Identifier: Apache-2.0 */
/* From a directory on down: watches are put, and what is there is told of. */
#include "compose/watch/trees_private.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path.h"
#include "base/strbuf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define WANTED                                                                                     \
	(IN_CREATE | IN_DELETE | IN_MODIFY | IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO |             \
	 IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK)
/* Is it of interest for itself? */
bool trees_is_inside(const struct trees *trees, const char *path)
{
	strvec_each (root, &trees->roots)
		if (trees_is_at_or_below(path, *root))
			return true;
	return false;
}

/* Does a root lie at it or somewhere below it? */
bool trees_leads_to_root(const struct trees *trees, const char *path)
{
	strvec_each (root, &trees->roots)
		if (trees_is_at_or_below(*root, path))
			return true;
	return false;
}

void trees_tell(const struct trees *trees, const char *path)
{
	trees->client.changed(path, trees->client.data);
}

/* ---- watches -----------------------------------------------------------------------------------
 */

static int limit_error(const char *path, struct error *err)
{
	auto_strbuf struct strbuf limit = {0};
	size_t length;

	file_read(AT_FDCWD, "/proc/sys/fs/inotify/max_user_watches", 100, &limit, NULL);
	length = strcspn(strbuf_text(&limit), "\n");
	return error_set(err, ENOSPC,
			 "cannot watch '%s': this user's limit of watched directories "
			 "(fs.inotify.max_user_watches = %.*s) is reached. Leave directories out "
			 "with 'ignore', or raise it: sysctl fs.inotify.max_user_watches=524288",
			 path, (int)length, strbuf_text(&limit));
}

/* NULL without @err: the directory has gone. */
static struct trees_watch *add_watch(struct trees *trees, const char *path, struct error *err)
{
	int wd = inotify_add_watch(trees->fd, path, WANTED);

	*err = (struct error){0};
	if (wd >= 0)
		return trees_watch_put(trees, wd, path);
	if (errno == ENOSPC)
		limit_error(path, err);
	else if (errno != ENOENT && errno != ENOTDIR && errno != EACCES && errno != ELOOP)
		error_errno(err, "cannot watch '%s'", path);
	return NULL;
}

/* ---- walking -----------------------------------------------------------------------------------
 */

static int enter(struct trees *trees, const char *path, struct error *err);

/* Something that has come, or that is there while the trees are opened. */
int trees_arrive(struct trees *trees, const char *path, bool is_directory, struct error *err)
{
	if (trees_is_inside(trees, path) && !(is_directory && strvec_contains(&trees->roots, path)))
		trees_tell(trees, path);
	if (!is_directory)
		return 0;
	if (trees_is_inside(trees, path) ? !trees->client.enters(path, trees->client.data)
					 : !trees_leads_to_root(trees, path))
		return 0;
	return enter(trees, path, err);
}

bool trees_is_directory(int dirfd, const char *name, struct stat *status)
{
	return fstatat(dirfd, name, status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status->st_mode);
}

char *trees_join(const char *directory, const char *name)
{
	return alloc_format("%s/%s", strcmp(directory, "/") == 0 ? "" : directory, name);
}

/* One of the names in a directory that is entered. Where only the way to a root leads through it,
 * others do not count. */
static int see(struct trees *trees, int dirfd, struct trees_watch *watch, const char *name,
	       struct error *err)
{
	auto_free char *path = trees_join(watch->path, name);
	struct stat status;

	if (!trees_is_inside(trees, path) && !trees_leads_to_root(trees, path))
		return 0;
	trees_watch_add_name(watch, name);
	return trees_arrive(trees, path, trees_is_directory(dirfd, name, &status), err);
}

int trees_list_names(const char *path, struct strvec *names, int *dirfd, struct error *err)
{
	auto_closedir DIR *directory = NULL;
	struct dirent *entry;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT || errno == EACCES || errno == ENOTDIR || errno == ELOOP
			       ? 0
			       : error_errno(err, "cannot read '%s'", path);
	*dirfd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	directory = fdopendir(fd);
	while (directory && (entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			strvec_add(names, entry->d_name);
	return 0;
}

/* Watched first, then looked into: nothing falls between. */
static int enter(struct trees *trees, const char *path, struct error *err)
{
	struct trees_watch *watch = add_watch(trees, path, err);
	auto_strvec struct strvec names = {0};
	auto_close int dirfd = -1;

	if (!watch)
		return err->code ? -1 : 0;
	if (trees_list_names(path, &names, &dirfd, err) < 0)
		return -1;
	strvec_each (name, &names)
		if (see(trees, dirfd, watch, *name, err) < 0)
			return -1;
	return 0;
}

/* The way to each root, as far as it is there: from the directory above it on. */
static int settle(struct trees *trees, const char *root, struct error *err)
{
	auto_free char *above = path_directory(root);

	while (strcmp(above, "/") != 0 && access(above, F_OK) < 0) {
		char *next = path_directory(above);

		free(above);
		above = next;
	}
	if (trees_watch_at(trees, above))
		return 0;
	return enter(trees, above, err);
}

int trees_settle_all(struct trees *trees, struct error *err)
{
	strvec_each (root, &trees->roots)
		if (settle(trees, *root, err) < 0)
			return -1;
	return 0;
}
