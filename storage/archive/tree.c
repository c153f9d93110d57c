/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/archive/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/map.h"
#include "base/path.h"
#include "base/strbuf.h"

#define DEEPEST	    600 /* one descriptor a level; layers stop at 512 */
#define BUFFER_SIZE ((size_t)128 << 10)

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool tree_keeps_xattr(const char *name)
{
	/* Those of overlayfs would forge whiteouts, redirects and metadata copies. Labels (SELinux,
	 * IMA, …) are the host's policy, not the image's. */
	if (starts_with(name, "trusted.overlay.") || starts_with(name, "user.overlay."))
		return false;
	if (starts_with(name, "security."))
		return strcmp(name, "security.capability") == 0;
	return true;
}

/* The path of an entry for the *xattr calls, which know no descriptor of a directory (before
 * Linux 6.13). The l-calls do not follow the last component, and the first ones are ours. */
static const char *entry_path(struct strbuf *path, int dirfd, const char *name)
{
	strbuf_clear(path);
	strbuf_printf(path, "/proc/self/fd/%d/%s", dirfd, name);
	return path->text;
}

int tree_set_xattr(int dirfd, const char *name, const char *key, const void *value, size_t length,
		   struct error *err)
{
	auto_strbuf struct strbuf path = {0};
	int result = name ? lsetxattr(entry_path(&path, dirfd, name), key, value, length, 0)
			  : fsetxattr(dirfd, key, value, length, 0);

	if (result == 0)
		return 0;
	if (errno == EPERM && starts_with(key, "user."))
		return 0; /* links and devices hold none: xattr(7) */
	if (errno == ENOTSUP) {
		log_warning_once("the file system cannot keep the extended attribute '%s'", key);
		return 0;
	}
	return error_errno(err, "cannot set the extended attribute '%s'", key);
}

int tree_copy_xattrs(int from_dirfd, const char *from, int to_dirfd, const char *to,
		     struct error *err)
{
	auto_strbuf struct strbuf path = {0};
	auto_free char *names = NULL;
	auto_free char *value = NULL;
	const char *source = NULL;
	ssize_t size;

	if (from)
		source = entry_path(&path, from_dirfd, from);
	size = from ? llistxattr(source, NULL, 0) : flistxattr(from_dirfd, NULL, 0);
	if (size <= 0)
		return size == 0 || errno == ENOTSUP ? 0
						     : error_errno(err, "cannot list the "
									"extended attributes");
	names = alloc_bytes((size_t)size + 1);
	size = from ? llistxattr(source, names, (size_t)size)
		    : flistxattr(from_dirfd, names, (size_t)size);
	if (size < 0)
		return error_errno(err, "cannot list the extended attributes");
	value = alloc_bytes(XATTR_SIZE_MAX);
	for (const char *key = names; key < names + size; key += strlen(key) + 1) {
		ssize_t length;

		if (!tree_keeps_xattr(key))
			continue;
		length = from ? lgetxattr(source, key, value, XATTR_SIZE_MAX)
			      : fgetxattr(from_dirfd, key, value, XATTR_SIZE_MAX);
		if (length < 0 && (errno == ENODATA || errno == ENOTSUP))
			continue;
		if (length < 0)
			return error_errno(err, "cannot read the extended attribute '%s'", key);
		if (tree_set_xattr(to_dirfd, to, key, value, (size_t)length, err) < 0)
			return -1;
	}
	return 0;
}

/* The order counts: chown clears set-id bits and capabilities, and times come last. */
int tree_copy_metadata(int from_fd, int to_fd, struct error *err)
{
	struct stat status;

	if (fstat(from_fd, &status) < 0)
		return error_errno(err, "cannot read the source");
	if (fchown(to_fd, status.st_uid, status.st_gid) < 0 ||
	    fchmod(to_fd, status.st_mode & 07777) < 0)
		return error_errno(err, "cannot set owner and mode");
	if (tree_copy_xattrs(from_fd, NULL, to_fd, NULL, err) < 0)
		return -1;
	if (futimens(to_fd, (struct timespec[]){status.st_atim, status.st_mtim}) < 0)
		return error_errno(err, "cannot set the times");
	return 0;
}

static int copy_range(int from, int to, off_t start, off_t end, struct error *err)
{
	auto_free char *buffer = NULL;
	bool in_kernel = true;

	while (start < end) {
		size_t left = (size_t)(end - start);
		loff_t in = start, out = start;
		ssize_t n;

		if (in_kernel) {
			n = copy_file_range(from, &in, to, &out, left, 0);
			if (n <= 0) { /* another kind of file system, or none that can */
				in_kernel = false;
				buffer = alloc_bytes(BUFFER_SIZE);
				continue;
			}
		} else {
			n = pread(from, buffer, left < BUFFER_SIZE ? left : BUFFER_SIZE, start);
			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0)
				return error_errno(err, "cannot read the source");
			if (n == 0)
				return 0; /* it shrank */
			n = pwrite(to, buffer, (size_t)n, start);
			if (n < 0)
				return error_errno(err, "cannot write");
		}
		start += n;
	}
	return 0;
}

int tree_copy_data(int from, int to, off_t size, struct error *err)
{
	off_t at = 0;

	while (at < size) {
		off_t data = lseek(from, at, SEEK_DATA);
		off_t hole;

		if (data < 0 && errno == ENXIO)
			break; /* a hole up to the end */
		if (data < 0)
			data = at; /* no SEEK_DATA here: all of it */
		hole = lseek(from, data, SEEK_HOLE);
		if (hole < 0 || hole > size)
			hole = size;
		if (copy_range(from, to, data, hole, err) < 0)
			return -1;
		at = hole;
	}
	if (ftruncate(to, size) < 0)
		return error_errno(err, "cannot set the size");
	return 0;
}

static int copy_file(int from_dirfd, const char *from, int to_dirfd, const char *to,
		     struct error *err)
{
	auto_close int in = -1;
	auto_close int out = -1;
	struct stat status;

	in = openat(from_dirfd, from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (in < 0 || fstat(in, &status) < 0)
		return error_errno(err, "cannot open '%s'", from);
	if (!S_ISREG(status.st_mode))
		return error_set(err, ERROR_BUSY, "'%s' changes while it is copied", from);
	out = openat(to_dirfd, to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return error_errno(err, "cannot create '%s'", to);
	if (tree_copy_data(in, out, status.st_size, err) < 0 ||
	    tree_copy_metadata(in, out, err) < 0)
		return error_wrap(err, "cannot copy '%s'", from);
	return 0;
}

static int copy_link(int from_dirfd, const char *from, int to_dirfd, const char *to,
		     struct error *err)
{
	char target[4096];
	ssize_t length = readlinkat(from_dirfd, from, target, sizeof(target) - 1);

	if (length < 0)
		return error_errno(err, "cannot read the link '%s'", from);
	target[length] = '\0';
	if (symlinkat(target, to_dirfd, to) < 0)
		return error_errno(err, "cannot create the link '%s'", to);
	return 0;
}

/* With the mode as it is: a chmod by name could follow a link that a container which has the volume
 * too has put there meanwhile. */
static int make_node(int dirfd, const char *name, const struct stat *status)
{
	mode_t mask = umask(0);
	int result = mknodat(dirfd, name, status->st_mode, status->st_rdev);
	int reason = errno;

	umask(mask);
	errno = reason;
	return result;
}

/* Everything but regular files and directories. */
static int copy_special(int from_dirfd, const char *from, int to_dirfd, const char *to,
			struct error *err)
{
	struct stat status;

	if (fstatat(from_dirfd, from, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "cannot read '%s'", from);
	if (S_ISLNK(status.st_mode)) {
		if (copy_link(from_dirfd, from, to_dirfd, to, err) < 0)
			return -1;
	} else if (make_node(to_dirfd, to, &status) < 0) {
		return error_errno(err, "cannot create '%s'", to);
	}
	if (fchownat(to_dirfd, to, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "cannot set the owner of '%s'", to);
	if (tree_copy_xattrs(from_dirfd, from, to_dirfd, to, err) < 0)
		return error_wrap(err, "cannot copy '%s'", from);
	if (utimensat(to_dirfd, to, (struct timespec[]){status.st_atim, status.st_mtim},
		      AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "cannot set the times of '%s'", to);
	return 0;
}

int tree_copy_entry(int from_dirfd, const char *from, int to_dirfd, const char *to,
		    struct error *err)
{
	struct stat status;

	if (fstatat(from_dirfd, from, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "cannot read '%s'", from);
	if (S_ISREG(status.st_mode))
		return copy_file(from_dirfd, from, to_dirfd, to, err);
	return copy_special(from_dirfd, from, to_dirfd, to, err);
}

struct copy {
	int root_fd;	    /* of the target: hard links are made from here */
	struct strbuf path; /* below it, where we are */
	struct map linked;  /* "device:inode" -> path of the first copy */
	bool is_layer;	    /* directories that hide what is below them do so in the copy, too */
	unsigned depth;
};

static int copy_directory(struct copy *copy, int from_fd, int to_fd, struct error *err);

static int enter_directory(struct copy *copy, int from_fd, int to_fd, const char *name,
			   struct error *err)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	auto_close int from = openat(from_fd, name, flags);
	auto_close int to = -1;
	int result;

	if (from < 0)
		return error_errno(err, "cannot open the directory '%s'", copy->path.text);
	if (copy->depth >= DEEPEST)
		return error_set(err, ERROR_INVALID, "directories are nested deeper than %d levels",
				 DEEPEST);
	if (mkdirat(to_fd, name, 0700) < 0)
		return error_errno(err, "cannot create the directory '%s'", copy->path.text);
	to = openat(to_fd, name, flags);
	if (to < 0)
		return error_errno(err, "cannot open the directory '%s'", copy->path.text);
	copy->depth++;
	result = copy_directory(copy, from, to, err);
	copy->depth--;
	return result;
}

/* 1 when the file was copied before and is linked now. */
static int link_again(struct copy *copy, const struct stat *status, int to_fd, const char *name,
		      struct error *err)
{
	auto_close int fd = -1;
	char key[64];
	void **first;

	snprintf(key, sizeof(key), "%ju:%ju", (uintmax_t)status->st_dev, (uintmax_t)status->st_ino);
	first = map_slot(&copy->linked, key);
	if (!*first) {
		*first = alloc_string(copy->path.text);
		return 0;
	}
	/* Not by its path: a directory on it may have become a link out of the volume. */
	fd = path_open(copy->root_fd, *first, PATH_NO_LINKS, O_PATH | O_NOFOLLOW, err);
	if (fd < 0)
		return -1;
	if (linkat(fd, "", to_fd, name, AT_EMPTY_PATH) < 0)
		return error_errno(err, "cannot link '%s'", copy->path.text);
	return 1;
}

static int copy_one(struct copy *copy, int from_fd, int to_fd, const char *name, struct error *err)
{
	struct stat status;
	int linked;

	if (fstatat(from_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "cannot read '%s'", copy->path.text);
	if (S_ISSOCK(status.st_mode))
		return 0;
	if (S_ISDIR(status.st_mode))
		return enter_directory(copy, from_fd, to_fd, name, err);
	if (status.st_nlink > 1) {
		linked = link_again(copy, &status, to_fd, name, err);
		if (linked != 0)
			return linked < 0 ? -1 : 0;
	}
	return tree_copy_entry(from_fd, name, to_fd, name, err);
}

static int copy_opaque(int from_fd, int to_fd, struct error *err)
{
	static const char key[] = "trusted.overlay.opaque";
	char value[2];
	ssize_t length = fgetxattr(from_fd, key, value, sizeof(value));

	return length > 0 ? tree_set_xattr(to_fd, NULL, key, value, (size_t)length, err) : 0;
}

static int copy_directory(struct copy *copy, int from_fd, int to_fd, struct error *err)
{
	int fd = openat(from_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	size_t length = copy->path.length;
	struct dirent *entry;

	if (!dir)
		return error_errno(err, "cannot list '%s'", strbuf_text(&copy->path));
	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		strbuf_printf(&copy->path, "%s%s", length ? "/" : "", entry->d_name);
		if (copy_one(copy, from_fd, to_fd, entry->d_name, err) < 0)
			return -1;
		copy->path.length = length;
		copy->path.text[length] = '\0';
	}
	if (copy->is_layer && copy_opaque(from_fd, to_fd, err) < 0)
		return -1;
	return tree_copy_metadata(from_fd, to_fd, err);
}

static int copy_tree(int from_fd, int to_fd, bool is_layer, struct error *err)
{
	struct copy copy = {.root_fd = to_fd, .is_layer = is_layer};
	int result = copy_directory(&copy, from_fd, to_fd, err);

	map_each (entry, &copy.linked)
		free(entry->value);
	map_release(&copy.linked);
	strbuf_release(&copy.path);
	return result;
}

int tree_copy_contents(int from_fd, int to_fd, struct error *err)
{
	return copy_tree(from_fd, to_fd, false, err);
}

int tree_copy_layer(int from_fd, int to_fd, struct error *err)
{
	return copy_tree(from_fd, to_fd, true, err);
}

/* Calls for each entry until one returns other than 0. */
static int for_each(int fd, int (*call)(int fd, const char *name, struct error *err),
		    struct error *err)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;

	if (!dir)
		return error_errno(err, "cannot list the directory");
	while ((entry = readdir(dir))) {
		int result;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		result = call(fd, entry->d_name, err);
		if (result != 0)
			return result;
	}
	return 0;
}

int tree_remove_contents(int fd, struct error *err)
{
	return for_each(fd, file_remove_tree, err);
}
