/* SPDX-License-Identifier: Apache-2.0 */
/* One file, link, device or FIFO, written in place of what is there. */
#include "builder/step/copy_private.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path.h"
#include "storage/archive/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* What is about to be made: the rest says as what. */
struct making {
	const struct copying *copying;
	const struct copy_target *target;
	const char *link;
	int linked_fd;
};

static int make_file(const struct making *making)
{
	const struct copy_target *target = making->target;
	bool is_plain = target->uid == 0 && target->gid == 0 && !(target->mode & 07000);

	return openat(target->dirfd, target->name,
		      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		      is_plain ? target->mode & 0777 : 0600);
}

static int make_link(const struct making *making)
{
	return symlinkat(making->link, making->target->dirfd, making->target->name);
}

/* With the mode as it is: there is no chmod that follows no link. */
static int make_node(const struct making *making)
{
	return mknodat(making->target->dirfd, making->target->name, making->target->mode,
		       making->target->device);
}

static int make_hard_link(const struct making *making)
{
	return linkat(making->linked_fd, "", making->target->dirfd, making->target->name,
		      AT_EMPTY_PATH);
}

static int fail(const struct making *making, const char *what, struct error *err)
{
	int reason = errno;
	auto_free char *path = copy_target_path(making->copying, making->target->name);

	return error_number(err, reason, "cannot %s '%s'", what, path);
}

static int clear(const struct making *making, struct error *err)
{
	auto_free char *path = NULL;

	if (unlinkat(making->target->dirfd, making->target->name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return fail(making, "replace", err);
	path = copy_target_path(making->copying, making->target->name);
	return error_set(err, ERROR_INVALID, "cannot replace to directory %s with file", path);
}

/* Most often nothing is in the way. */
static int make(const struct making *making, int (*call)(const struct making *making),
		struct error *err)
{
	int result = call(making);

	if (result < 0 && errno == EEXIST) {
		if (clear(making, err) < 0)
			return -1;
		result = call(making);
	}
	return result < 0 ? fail(making, "create", err) : result;
}

/* ---- content -----------------------------------------------------------------------------------
 */

static bool is_same(const struct stat *seen, const struct stat *now)
{
	return seen->st_size == now->st_size && seen->st_ino == now->st_ino &&
	       seen->st_mtim.tv_sec == now->st_mtim.tv_sec &&
	       seen->st_mtim.tv_nsec == now->st_mtim.tv_nsec &&
	       seen->st_ctim.tv_sec == now->st_ctim.tv_sec &&
	       seen->st_ctim.tv_nsec == now->st_ctim.tv_nsec;
}

void copy_file_check(const struct copying *copying, const struct source_entry *entry, int fd)
{
	struct stat now;

	if (fstat(fd, &now) < 0 || !is_same(&entry->status, &now))
		copying->request->has_changed = true;
}

/* Small and without holes, as nearly all are: one read, one write. */
static int copy_small(const struct copying *copying, const struct source_entry *entry, int in,
		      int out, struct error *err)
{
	ssize_t n;

	do
		n = read(in, copying->buffer, COPY_BUFFER_SIZE);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(err, "cannot read the source");
	if (n != entry->status.st_size)
		copying->request->has_changed = true;
	return file_write_all(out, copying->buffer, (size_t)n, err);
}

static int copy_content(const struct copying *copying, const struct source_entry *entry, int in,
			int out, struct error *err)
{
	const struct stat *seen = &entry->status;
	bool has_holes = seen->st_blocks * 512 < seen->st_size;
	int result;

	if (seen->st_size < (off_t)COPY_BUFFER_SIZE && !has_holes)
		result = copy_small(copying, entry, in, out, err);
	else
		result = tree_copy_data(in, out, seen->st_size, err);
	copy_file_check(copying, entry, in);
	return result;
}

static int put_content(const struct copying *copying, const struct source_entry *entry,
		       const struct copy_target *target, struct error *err)
{
	const struct making making = {.copying = copying, .target = target};
	auto_close int in = source_open_file(entry, err);
	auto_close int out = in < 0 ? -1 : make(&making, make_file, err);

	if (out < 0)
		return -1;
	if (copy_content(copying, entry, in, out, err) < 0 ||
	    copy_target_finish(target, out, err) < 0 ||
	    (copy_target_has_xattrs(copying) && tree_copy_xattrs(in, NULL, out, NULL, err) < 0))
		return error_wrap(err, "cannot copy '%s'", entry->path);
	return 0;
}

int copy_file_put_inline(const struct copying *copying, const struct copy_inline *document,
			 const struct copy_target *target, struct error *err)
{
	const struct making making = {.copying = copying, .target = target};
	auto_close int out = make(&making, make_file, err);

	if (out < 0)
		return -1;
	if (file_write_all(out, document->content, document->length, err) < 0 ||
	    copy_target_finish(target, out, err) < 0)
		return error_wrap(err, "cannot write '%s'", document->name);
	return 0;
}

/* ---- hard links --------------------------------------------------------------------------------
 */

/* 1 when the file was copied before and is linked now. */
static int link_again(struct copying *copying, const struct source_entry *entry,
		      const struct copy_target *target, struct error *err)
{
	struct making making = {.copying = copying, .target = target};
	auto_close int fd = -1;
	char key[64];
	void **first;

	snprintf(key, sizeof(key), "%ju:%ju", (uintmax_t)entry->status.st_dev,
		 (uintmax_t)entry->status.st_ino);
	first = map_slot(&copying->linked, key);
	if (*first)
		fd = path_open(copying->levels[0].fd, *first, PATH_NO_LINKS, O_PATH | O_NOFOLLOW,
			       NULL);
	making.linked_fd = fd;
	if (fd >= 0 && make(&making, make_hard_link, err) == 0)
		return 1;
	/* The first one, or one of more than the file system can link together. */
	if (fd >= 0 && err->code != EMLINK)
		return -1;
	free(*first);
	*first = alloc_format("%s%s%s", strbuf_text(&copying->path),
			      copying->path.length ? "/" : "", target->name);
	return 0;
}

static int put_file(struct copying *copying, const struct source_entry *entry,
		    const struct copy_target *target, struct error *err)
{
	if (entry->status.st_nlink > 1 && copying->depth > 0) {
		int linked = link_again(copying, entry, target, err);

		if (linked != 0)
			return linked < 0 ? -1 : 0;
	}
	return put_content(copying, entry, target, err);
}

/* Links, devices, FIFOs: no descriptor without opening, so by name. */
static int put_special(struct copying *copying, const struct source_entry *entry,
		       const struct copy_target *target, struct error *err)
{
	const struct making making = {.copying = copying, .target = target, .link = entry->link};
	struct timespec times[] = {target->mtime, target->mtime};

	if (make(&making, S_ISLNK(target->mode) ? make_link : make_node, err) < 0)
		return -1;
	if (fchownat(target->dirfd, target->name, target->uid, target->gid, AT_SYMLINK_NOFOLLOW) <
	    0)
		return fail(&making, "set the owner of", err);
	if (copy_target_has_xattrs(copying) &&
	    tree_copy_xattrs(entry->parent_fd, entry->name, target->dirfd, target->name, err) < 0)
		return error_wrap(err, "cannot copy '%s'", entry->path);
	if (utimensat(target->dirfd, target->name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(&making, "set the times of", err);
	return 0;
}

int copy_file_put(struct copying *copying, const struct source_entry *entry,
		  const struct copy_target *target, struct error *err)
{
	struct copy_target stub = *target;

	/* Of a socket an empty file is left, as BuildKit does it. */
	if (S_ISSOCK(target->mode)) {
		stub.mode = S_IFREG | (target->mode & 07777);
		return put_special(copying, entry, &stub, err);
	}
	return S_ISREG(target->mode) ? put_file(copying, entry, target, err)
				     : put_special(copying, entry, target, err);
}
