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
};

/* mkdir of one component below @parent, then its descriptor; a link in its place is followed
 * within the root, seen from @walked (the cleaned path so far). */
static int enter(const struct making *making, int parent, const char *name, const char *walked,
		 struct error *err)
{
	auto_close int fd = -1;

	fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		return take_fd(&fd);
	if (errno != ENOENT) /* a symbolic link gives ENOTDIR here */
		return path_open(making->rootfd, walked, PATH_IN_ROOT, O_PATH | O_DIRECTORY, err);
	if (mkdirat(parent, name, making->mode) < 0 && errno != EEXIST)
		return error_errno(err, "cannot create the directory '%s'", walked);
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "cannot open the directory '%s'", walked);
	if (fchown(fd, making->uid, making->gid) < 0 || fchmod(fd, making->mode) < 0)
		return error_errno(err, "cannot set the owner of '%s'", walked);
	return take_fd(&fd);
}

int path_make_directories(int rootfd, const char *path, mode_t mode, uid_t uid, gid_t gid,
			  struct error *err)
{
	const struct making making = {rootfd, mode, uid, gid};
	auto_free char *clean = path_join("/", path);
	auto_strbuf struct strbuf walked = {0};
	auto_close int fd = path_open(rootfd, "/", PATH_IN_ROOT, O_PATH | O_DIRECTORY, err);
	char *save = NULL;

	if (fd < 0)
		return -1;
	for (char *name = strtok_r(clean, "/", &save); name; name = strtok_r(NULL, "/", &save)) {
		int next;

		strbuf_printf(&walked, "/%s", name);
		next = enter(&making, fd, name, walked.text, err);
		if (next < 0)
			return -1;
		close(fd);
		fd = next;
	}
	return take_fd(&fd);
}

int path_make_target(int rootfd, const char *path, bool is_directory, struct error *err)
{
	auto_free char *clean = path_join("/", path);
	auto_close int parent = -1;
	auto_close int fd = -1;
	char *name;

	fd = path_open(rootfd, clean, PATH_IN_ROOT, O_PATH, NULL);
	if (fd >= 0)
		return take_fd(&fd);
	if (is_directory)
		return path_make_directories(rootfd, clean, 0755, 0, 0, err);
	name = strrchr(clean, '/') + 1;
	name[-1] = '\0';
	parent = path_make_directories(rootfd, clean, 0755, 0, 0, err);
	if (parent < 0)
		return -1;
	fd = openat(parent, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return error_errno(err, "cannot create the mount target '%s'", path);
	return take_fd(&fd);
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
