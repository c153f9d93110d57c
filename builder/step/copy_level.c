/* SPDX-License-Identifier: Apache-2.0 */
/* The directories that are being written to: one descriptor each, the deepest on top. */
#include "builder/step/copy_private.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "storage/archive/tree.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define DEEPEST 512 /* as in layers */

static struct copy_level *top(const struct copying *copying)
{
	return &copying->levels[copying->depth - 1];
}

static int push(struct copying *copying, int fd, const char *name, const struct timespec *mtime,
		struct error *err)
{
	struct copy_level level = {.fd = fd, .sets_time = mtime};

	if (copying->depth >= DEEPEST) {
		close(fd);
		return error_set(err, ERROR_INVALID, "directories are nested deeper than %d levels",
				 DEEPEST);
	}
	if (mtime)
		level.mtime = *mtime;
	if (copying->path.length)
		strbuf_add_char(&copying->path, '/');
	strbuf_add(&copying->path, name);
	level.length = copying->path.length;
	if (!copying->levels)
		copying->levels = alloc_zeroed(DEEPEST, sizeof(*copying->levels));
	copying->levels[copying->depth++] = level;
	return 0;
}

static int pop(struct copying *copying, struct error *err)
{
	struct copy_level *level = top(copying);
	int result = 0;

	if (level->sets_time &&
	    futimens(level->fd, (struct timespec[]){level->mtime, level->mtime}) < 0)
		result = error_errno(err, "cannot set the times of '%s'",
				     strbuf_text(&copying->path));
	close(level->fd);
	copying->depth--;
	copying->path.length = copying->depth ? top(copying)->length : 0;
	if (copying->path.text)
		copying->path.text[copying->path.length] = '\0';
	return result;
}

void copy_level_begin(struct copying *copying, int fd, const struct timespec *mtime)
{
	push(copying, fd, "", mtime, NULL);
}

int copy_level_end(struct copying *copying, struct error *err)
{
	int result = 0;

	while (copying->depth > 0)
		if (pop(copying, err) < 0)
			result = -1;
	return result;
}

/* ---- directories -------------------------------------------------------------------------------
 */

/* Returns its descriptor; @is_new tells whether it was made. */
static int make_directory(const struct copying *copying, int dirfd, const char *name, bool *is_new,
			  struct error *err)
{
	int fd;

	*is_new = mkdirat(dirfd, name, 0700) == 0;
	if (!*is_new && errno != EEXIST) {
		int reason = errno;
		auto_free char *path = copy_target_path(copying, name);

		return error_number(err, reason, "cannot create the directory '%s'", path);
	}
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		auto_free char *path = copy_target_path(copying, name);

		return error_set(err, ERROR_INVALID, "cannot copy to non-directory: %s", path);
	}
	return fd;
}

/* One that only leads to what is taken, and is there already, gets the source's mode, but neither
 * its owner nor its time: so does BuildKit. */
int copy_level_enter(struct copying *copying, const struct source_entry *entry,
		     const struct copy_target *target, struct error *err)
{
	bool is_new;
	auto_close int fd = make_directory(copying, target->dirfd, target->name, &is_new, err);
	bool is_left = !is_new && entry->is_implied;

	if (fd < 0)
		return -1;
	if (is_left && fchmod(fd, entry->status.st_mode & 07777) < 0)
		return error_errno(err, "cannot set the mode of '%s'", entry->path);
	if (!is_left && (copy_target_finish(target, fd, err) < 0 ||
			 (copy_target_has_xattrs(copying) &&
			  tree_copy_xattrs(entry->parent_fd, entry->name, fd, NULL, err) < 0)))
		return error_wrap(err, "cannot copy '%s'", entry->path);
	return push(copying, take_fd(&fd), target->name, is_left ? NULL : &target->mtime, err);
}

static bool is_parent(const struct strbuf *path, const char *relative, size_t length)
{
	return path->length == length && memcmp(strbuf_text(path), relative, length) == 0;
}

int copy_level_find(struct copying *copying, const struct source_entry *entry, const char **name,
		    struct error *err)
{
	const char *relative = entry->relative, *slash = strrchr(relative, '/');
	size_t length = slash ? (size_t)(slash - relative) : 0;

	/* Parents come first, so the directory is open. */
	while (copying->depth > 1 && !is_parent(&copying->path, relative, length))
		if (pop(copying, err) < 0)
			return -1;
	assert(is_parent(&copying->path, relative, length));
	*name = slash ? slash + 1 : relative;
	return top(copying)->fd;
}
