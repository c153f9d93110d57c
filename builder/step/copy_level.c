/* SPDX-License-Identifier: Apache-2.0 */
/* The directories that are being written to: one descriptor each, the deepest on top. */
#include "builder/step/copy_private.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"

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

int copy_level_enter(struct copying *copying, const struct source_entry *entry,
		     const struct copy_target *target, struct error *err)
{
	bool is_new;
	auto_close int fd = make_directory(copying, target->dirfd, target->name, &is_new, err);

	if (fd < 0 || copy_target_finish(copying, entry, target, fd, err) < 0)
		return -1;
	return push(copying, take_fd(&fd), target->name, &target->mtime, err);
}

/* The directory of the source that the first @length bytes of @entry's relative path lead to;
 * false when that is not what they say (behind a link). */
static bool find_in_source(const struct copying *copying, const struct source_entry *entry,
			   size_t length, struct stat *status)
{
	size_t path = strlen(entry->path), relative = strlen(entry->relative);
	auto_free char *prefix = NULL;
	auto_close int fd = -1;

	if (path < relative || strcmp(entry->path + path - relative, entry->relative) != 0)
		return false;
	prefix = alloc_string_n(entry->path, path - relative + length);
	fd = path_open(copying->request->source->fd, prefix, PATH_IN_ROOT, O_PATH | O_DIRECTORY,
		       NULL);
	return fd >= 0 && fstat(fd, status) == 0;
}

/* One that is there already gets the source's mode, but neither its owner nor its time. */
static int enter_implied(struct copying *copying, const struct source_entry *entry, size_t length,
			 const char *name, struct error *err)
{
	struct stat status = {.st_mode = S_IFDIR | 0755};
	bool is_known = find_in_source(copying, entry, length, &status), is_new;
	auto_close int fd = make_directory(copying, top(copying)->fd, name, &is_new, err);
	struct copy_target target = {0};

	if (fd < 0)
		return -1;
	copy_target_describe(copying, &status, &target);
	if (is_new && copy_target_finish(copying, NULL, &target, fd, err) < 0)
		return -1;
	if (!is_new && is_known && fchmod(fd, status.st_mode & 07777) < 0)
		return error_errno(err, "cannot set the mode of '%s'", name);
	return push(copying, take_fd(&fd), name, is_new && is_known ? &target.mtime : NULL, err);
}

static bool is_above(const struct strbuf *path, const char *relative, size_t length)
{
	return path->length == 0 ||
	       (path->length <= length && memcmp(path->text, relative, path->length) == 0 &&
		(path->length == length || relative[path->length] == '/'));
}

int copy_level_find(struct copying *copying, const struct source_entry *entry, const char **name,
		    struct error *err)
{
	const char *relative = entry->relative, *slash = strrchr(relative, '/');
	size_t length = slash ? (size_t)(slash - relative) : 0;

	while (!is_above(&copying->path, relative, length))
		if (pop(copying, err) < 0)
			return -1;
	while (copying->path.length < length) {
		size_t start = copying->path.length ? copying->path.length + 1 : 0;
		size_t end = start + strcspn(relative + start, "/");
		auto_free char *part = alloc_string_n(relative + start, end - start);

		if (enter_implied(copying, entry, end, part, err) < 0)
			return -1;
	}
	*name = slash ? slash + 1 : relative;
	return top(copying)->fd;
}
