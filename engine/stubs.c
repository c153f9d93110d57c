/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/stubs.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static void note(int parent_fd, const char *name, void *data)
{
	struct stubs *stubs = data;
	struct stub *stub;
	struct stat parent;
	int fd = openat(parent_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &parent) < 0) {
		cleanup_close(&fd);
		return;
	}
	stubs->items = alloc_resize(stubs->items, stubs->count + 1, sizeof(*stubs->items));
	stub = &stubs->items[stubs->count++];
	*stub = (struct stub){
		.parent_fd = fd, .name = alloc_string(name), .before = parent.st_mtim};
}

/* What it is, now that it has been made. */
static void identify(struct stub *stub)
{
	struct stat status, parent;

	if (fstatat(stub->parent_fd, stub->name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
	    fstat(stub->parent_fd, &parent) < 0)
		return;
	stub->is_there = true;
	stub->is_directory = S_ISDIR(status.st_mode);
	stub->device = status.st_dev;
	stub->inode = status.st_ino;
	stub->after = parent.st_mtim;
}

int stubs_make(struct stubs *stubs, int root_fd, const char *path, bool is_directory,
	       struct error *err)
{
	size_t first = stubs->count;
	auto_close int fd = path_make_target_noting(root_fd, path, is_directory,
						    &(struct path_note){note, stubs}, err);

	for (size_t i = first; i < stubs->count; i++)
		identify(&stubs->items[i]);
	return fd < 0 ? -1 : 0;
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool is_still(const struct stub *stub)
{
	struct stat status;

	return stub->is_there &&
	       fstatat(stub->parent_fd, stub->name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       status.st_dev == stub->device && status.st_ino == stub->inode &&
	       S_ISDIR(status.st_mode) == stub->is_directory &&
	       (stub->is_directory || (S_ISREG(status.st_mode) && status.st_size == 0));
}

static void remove_stub(const struct stub *stub)
{
	struct stat parent;
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}};

	if (!is_still(stub) || fstat(stub->parent_fd, &parent) < 0 ||
	    unlinkat(stub->parent_fd, stub->name, stub->is_directory ? AT_REMOVEDIR : 0) < 0)
		return;
	/* Whoever ran there may have changed other things in the directory: that time counts. */
	times[1] = is_same_time(&parent.st_mtim, &stub->after) ? stub->before : parent.st_mtim;
	futimens(stub->parent_fd, times);
}

void stubs_remove(struct stubs *stubs)
{
	while (stubs->count > 0) {
		struct stub *stub = &stubs->items[--stubs->count];

		remove_stub(stub);
		close(stub->parent_fd);
		free(stub->name);
	}
	free(stubs->items);
	stubs->items = NULL;
}
