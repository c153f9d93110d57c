/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* As the kernel: so many links on the way, then it is a loop. */
#define MOST_LINKS 40

static const unsigned long long resolve_flags[] = {
	[PATH_IN_ROOT] = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	[PATH_BENEATH] = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	[PATH_NO_LINKS] = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
};

int path_open(int rootfd, const char *path, enum path_scope scope, int flags, struct error *err)
{
	struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.resolve = resolve_flags[scope],
	};
	int fd;

	if (scope != PATH_IN_ROOT)
		while (*path == '/')
			path++;
	if (!*path)
		path = ".";
	/* EAGAIN: a rename elsewhere made the walk uncertain (openat2(2)); the kernel asks to
	 * retry. */
	do
		fd = (int)syscall(SYS_openat2, rootfd, path, &how, sizeof(how));
	while (fd < 0 && (errno == EAGAIN || errno == EINTR));
	if (fd < 0)
		return error_errno(err, "cannot open '%s'", path);
	return fd;
}

struct making {
	int rootfd;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	int links_left;
	const struct path_note *note;
};

static void tell(const struct making *making, int parent, const char *name)
{
	if (making->note)
		making->note->makes(parent, name, making->note->data);
}

static int make_directories(struct making *making, const char *path, struct error *err);

/* Where the link @name in @parent leads, seen from the root: malloc'ed. NULL when it is no link.
 * @directory is the path that led to @parent; whoever uses the result stays below the root. */
static char *read_link(int parent, const char *name, const char *directory)
{
	auto_free char *from = NULL;
	char target[4096];
	ssize_t length = readlinkat(parent, name, target, sizeof(target) - 1);

	if (length <= 0)
		return NULL;
	target[length] = '\0';
	from = path_join("/", directory);
	return path_join(from, target);
}

/* A link where a directory is wanted: to an existing one within the root or, as Docker does, to one
 * that is made where the link leads. */
static int follow(struct making *making, int parent, const char *name, const char *walked,
		  struct error *err)
{
	int fd = path_open(making->rootfd, walked, PATH_IN_ROOT, O_PATH | O_DIRECTORY, err);
	auto_free char *directory = NULL;
	auto_free char *target = NULL;

	if (fd >= 0 || err->code != ENOENT)
		return fd;
	directory = alloc_string_n(walked, (size_t)(strrchr(walked, '/') - walked));
	target = read_link(parent, name, directory);
	if (!target)
		return -1;
	if (making->links_left-- == 0)
		return error_set(err, ELOOP, "cannot create the directory '%s': %s", walked,
				 error_strerror(ELOOP));
	return make_directories(making, target, err);
}

/* mkdir of one component below @parent, then its descriptor; a link in its place is followed
 * within the root, seen from @walked (the cleaned path so far). */
static int enter(struct making *making, int parent, const char *name, const char *walked,
		 struct error *err)
{
	auto_close int fd = -1;

	fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		return take_fd(&fd);
	if (errno == ENOTDIR || errno == ELOOP) /* a symbolic link, too */
		return follow(making, parent, name, walked, err);
	if (errno != ENOENT)
		return error_errno(err, "cannot open the directory '%s'", walked);
	tell(making, parent, name);
	if (mkdirat(parent, name, making->mode) < 0 && errno != EEXIST)
		return error_errno(err, "cannot create the directory '%s'", walked);
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "cannot open the directory '%s'", walked);
	if (fchown(fd, making->uid, making->gid) < 0 || fchmod(fd, making->mode) < 0)
		return error_errno(err, "cannot set the owner of '%s'", walked);
	return take_fd(&fd);
}

static int make_directories(struct making *making, const char *path, struct error *err)
{
	auto_free char *clean = path_join("/", path);
	auto_strbuf struct strbuf walked = {0};
	auto_close int fd = path_open(making->rootfd, "/", PATH_IN_ROOT, O_PATH | O_DIRECTORY, err);
	char *save = NULL;

	if (fd < 0)
		return -1;
	for (char *name = strtok_r(clean, "/", &save); name; name = strtok_r(NULL, "/", &save)) {
		int next;

		strbuf_printf(&walked, "/%s", name);
		next = enter(making, fd, name, walked.text, err);
		if (next < 0)
			return -1;
		close(fd);
		fd = next;
	}
	return take_fd(&fd);
}

int path_make_directories(int rootfd, const char *path, mode_t mode, uid_t uid, gid_t gid,
			  struct error *err)
{
	struct making making = {rootfd, mode, uid, gid, MOST_LINKS, NULL};
	struct error local = {0};

	return make_directories(&making, path, err ? err : &local);
}

/* The last component is a file to be made; a link to nothing is one to be made there. */
static int make_file(struct making *making, const char *path, struct error *err)
{
	auto_free char *clean = path_join("/", path);

	for (int left = MOST_LINKS; left > 0; left--) {
		char *name = strrchr(clean, '/') + 1, *target;
		auto_close int parent = -1;
		int fd;

		name[-1] = '\0';
		parent = make_directories(making, clean, err);
		if (parent < 0)
			return -1;
		if (faccessat(parent, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			tell(making, parent, name);
		fd = openat(parent, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    0644);
		if (fd >= 0)
			return fd;
		if (errno != EEXIST)
			return error_errno(err, "cannot create the mount target '%s'", path);
		target = read_link(parent, name, clean);
		if (!target || !target[1]) {
			free(target);
			return error_number(err, EEXIST, "cannot create the mount target '%s'",
					    path);
		}
		free(clean);
		clean = target;
	}
	return error_number(err, ELOOP, "cannot create the mount target '%s'", path);
}

int path_make_target_noting(int rootfd, const char *path, bool is_directory,
			    const struct path_note *note, struct error *err)
{
	auto_free char *clean = path_join("/", path);
	struct making making = {rootfd, 0755, 0, 0, MOST_LINKS, note};
	struct error local = {0}, why = {0};
	int fd = path_open(rootfd, clean, PATH_IN_ROOT, O_PATH, &why);

	if (fd >= 0)
		return fd;
	if (error_is_shortage(why.code) || why.code == EIO) /* it may well be there */
		return error_pass(err, &why);
	return (is_directory ? make_directories : make_file)(&making, clean, err ? err : &local);
}

int path_make_target(int rootfd, const char *path, bool is_directory, struct error *err)
{
	return path_make_target_noting(rootfd, path, is_directory, NULL, err);
}

char *path_clean(const char *path)
{
	auto_strbuf struct strbuf out = {0};
	bool absolute = *path == '/';

	strbuf_add(&out, absolute ? "/" : "");
	while (*path) {
		size_t length = strcspn(path, "/");

		if (length == 2 && path[0] == '.' && path[1] == '.') {
			char *slash = out.length ? strrchr(out.text, '/') : NULL;
			const char *last = slash ? slash + 1 : strbuf_text(&out);

			if (out.length && *last && strcmp(last, "..") != 0) {
				out.length = slash ? (size_t)(slash - out.text) : 0;
				if (absolute && out.length == 0)
					out.length = 1;
				out.text[out.length] = '\0';
			} else if (!absolute) {
				strbuf_add(&out, out.length ? "/.." : "..");
			}
		} else if (length > 0 && !(length == 1 && path[0] == '.')) {
			if (out.length && out.text[out.length - 1] != '/')
				strbuf_add_char(&out, '/');
			strbuf_add_n(&out, path, length);
		}
		path += length;
		path += *path == '/';
	}
	if (!out.length)
		strbuf_add_char(&out, '.');
	return strbuf_take(&out);
}

char *path_join(const char *base, const char *path)
{
	auto_free char *joined = NULL;

	if (*path == '/')
		return path_clean(path);
	joined = alloc_format("%s/%s", base, path);
	return path_clean(joined);
}

bool path_is_name(const char *text)
{
	size_t length = strlen(text);

	if (length == 0 || length > 255 || !isalnum((unsigned char)text[0]))
		return false;
	for (const char *c = text; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_.-", *c))
			return false;
	return true;
}

char *path_directory(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return alloc_string(".");
	return alloc_string_n(path, slash == path ? 1 : (size_t)(slash - path));
}

char *path_follow(const char *path, path_read_link *read, const void *data, struct error *err)
{
	auto_free char *now = alloc_string(path);

	for (int left = MOST_LINKS; left > 0; left--) {
		char *next = read(now, data);

		if (!next)
			return take_ptr(now);
		free(now);
		now = next;
	}
	error_number(err, ELOOP, "cannot open '%s'", path);
	return NULL;
}
