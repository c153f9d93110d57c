/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "storage/cover.h"

#define FORMAT_VERSION 1
#define LITTLE_ROOM    (UINT64_C(1) << 20)
#define START_ROOM     65536

static const char oci_layout[] = "{\"imageLayoutVersion\":\"1.0.0\"}";
static const char empty_index[] =
	"{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\","
	"\"manifests\":[]}\n";

/* One row a directory: which root it is in, its name and where its descriptor goes. */
static const struct directory {
	size_t parent_offset;
	const char *name;
	size_t offset;
} directories[] = {
	{offsetof(struct layout, root_fd), "images", offsetof(struct layout, images_fd)},
	{offsetof(struct layout, root_fd), "layers", offsetof(struct layout, layers_fd)},
	{offsetof(struct layout, root_fd), "staging", offsetof(struct layout, staging_fd)},
	{offsetof(struct layout, root_fd), "partial", offsetof(struct layout, partial_fd)},
	{offsetof(struct layout, root_fd), "containers", offsetof(struct layout, containers_fd)},
	{offsetof(struct layout, root_fd), "volumes", offsetof(struct layout, volumes_fd)},
	{offsetof(struct layout, root_fd), "networks", offsetof(struct layout, networks_fd)},
	{offsetof(struct layout, root_fd), "secrets", offsetof(struct layout, secrets_fd)},
	{offsetof(struct layout, root_fd), "configs", offsetof(struct layout, configs_fd)},
	{offsetof(struct layout, root_fd), "projects", offsetof(struct layout, projects_fd)},
	{offsetof(struct layout, root_fd), "stacks", offsetof(struct layout, stacks_fd)},
	{offsetof(struct layout, root_fd), "cache", offsetof(struct layout, cache_fd)},
	{offsetof(struct layout, run_fd), "containers", offsetof(struct layout, run_containers_fd)},
	{offsetof(struct layout, run_fd), "networks", offsetof(struct layout, run_networks_fd)},
	{offsetof(struct layout, run_fd), "events", offsetof(struct layout, run_events_fd)},
};

static int *member(struct layout *layout, size_t offset)
{
	return (int *)((char *)layout + offset);
}

static int open_directory(int dirfd, const char *name)
{
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	int fd = openat(dirfd, name, flags);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (file_make_directories(dirfd, name, 0700, NULL) < 0)
		return -1;
	return openat(dirfd, name, flags);
}

/* Who may write there decides what runs as root. A fresh file system, whose root often is for all,
 * is made ours. */
static int check_owner(int fd, const char *path, struct error *err)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return error_errno(err, "cannot look at '%s'", path);
	if (status.st_uid != geteuid())
		return error_set(
			err, ERROR_DENIED,
			"'%s' belongs to user %u, who could change what runs as root: give "
			"it to root, or name another directory",
			path, status.st_uid);
	if (!(status.st_mode & 022) ||
	    (file_is_empty_directory(fd, NULL) == 1 && fchmod(fd, 0700) == 0))
		return 0;
	return error_set(err, ERROR_DENIED,
			 "others than root may write to '%s' (mode %o), so they could change what "
			 "runs as root: see that what is in it is yours, then 'chmod 0700 %s'",
			 path, status.st_mode & 07777, path);
}

static int check_version(int root_fd, const char *root, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	struct error problem = {0};
	uint64_t version;

	if (file_read(root_fd, "format", 64, &text, &problem) < 0) {
		char line[16];

		if (problem.code != ENOENT) {
			error_pass(err, &problem);
			return error_wrap(err, "cannot use '%s'", root);
		}
		snprintf(line, sizeof(line), "%d\n", FORMAT_VERSION);
		return file_replace(root_fd, "format", line, strlen(line), 0600, err);
	}
	text.text[strcspn(text.text, "\n")] = '\0';
	if (units_parse_u64(&version, text.text, NULL) < 0)
		return error_set(err, ERROR_INVALID, "'%s/format' does not hold a version number",
				 root);
	if (version > FORMAT_VERSION)
		return error_set(err, ERROR_UNSUPPORTED,
				 "'%s' has format version %s, made by a newer coracle; this one "
				 "knows version %d",
				 root, text.text, FORMAT_VERSION);
	return 0;
}

/* index.json comes last: where it is, the rest is. */
static int make_image_layout(int images_fd, struct error *err)
{
	if (faccessat(images_fd, "index.json", F_OK, 0) == 0)
		return 0;
	if (file_make_directories(images_fd, "blobs/sha256", 0700, err) < 0 ||
	    file_replace(images_fd, "oci-layout", oci_layout, strlen(oci_layout), 0600, err) < 0)
		return -1;
	/* Another process may have put an image in since: link never replaces. */
	if (file_replace(images_fd, "index.json.new", empty_index, strlen(empty_index), 0600, err) <
	    0)
		return -1;
	if (linkat(images_fd, "index.json.new", images_fd, "index.json", 0) < 0 &&
	    errno != EEXIST && errno != ENOENT)
		return error_errno(err, "cannot create the image index");
	unlinkat(images_fd, "index.json.new", 0);
	if (faccessat(images_fd, "index.json", F_OK, 0) < 0)
		return error_errno(err, "cannot create the image index");
	return 0;
}

static int open_all(struct layout *layout, struct error *err)
{
	layout->root_fd = open_directory(AT_FDCWD, layout->root);
	if (layout->root_fd < 0)
		return error_errno(err, "cannot open the root directory '%s'", layout->root);
	if (cover_root(layout->root, &layout->root_fd, err) < 0 ||
	    check_owner(layout->root_fd, layout->root, err) < 0 ||
	    check_version(layout->root_fd, layout->root, err) < 0)
		return -1;
	layout->run_fd = open_directory(AT_FDCWD, layout->run);
	if (layout->run_fd < 0)
		return error_errno(err, "cannot open the run directory '%s'", layout->run);
	if (check_owner(layout->run_fd, layout->run, err) < 0)
		return -1;
	for (size_t i = 0; i < array_length(directories); i++) {
		const struct directory *row = directories + i;
		int fd = open_directory(*member(layout, row->parent_offset), row->name);

		if (fd < 0)
			return error_errno(err, "cannot open the directory '%s' below '%s'",
					   row->name,
					   row->parent_offset == offsetof(struct layout, run_fd)
						   ? layout->run
						   : layout->root);
		*member(layout, row->offset) = fd;
	}
	return make_image_layout(layout->images_fd, err);
}

static char *absolute(const char *path)
{
	auto_free char *here = NULL;

	if (*path == '/')
		return path_clean(path);
	here = getcwd(NULL, 0);
	return path_join(here ? here : "/", path);
}

int layout_open(struct layout *layout, const char *root, const char *run, struct error *err)
{
	*layout = (struct layout){
		.root = absolute(root),
		.run = absolute(run),
		.root_fd = -1,
		.run_fd = -1,
	};
	for (size_t i = 0; i < array_length(directories); i++)
		*member(layout, directories[i].offset) = -1;
	if (open_all(layout, err) < 0) {
		layout_close(layout);
		return -1;
	}
	return 0;
}

void layout_close(struct layout *layout)
{
	for (size_t i = 0; i < array_length(directories); i++)
		cleanup_close(member(layout, directories[i].offset));
	cleanup_close(&layout->root_fd);
	cleanup_close(&layout->run_fd);
	free(layout->root);
	free(layout->run);
	*layout = (struct layout){.root_fd = -1, .run_fd = -1};
	for (size_t i = 0; i < array_length(directories); i++)
		*member(layout, directories[i].offset) = -1;
}

static void say_full(const char *path, struct error *err)
{
	error_wrap(err, "there is no room in '%s' ('coracle system df' shows what takes it)", path);
	err->code = ERROR_CONFLICT;
}

void layout_say_full(const struct layout *layout, struct error *err)
{
	auto_strbuf struct strbuf cover = {0};

	say_full(layout->root, err);
	if (cover_describe(layout, &cover))
		error_append(err, "; %s", strbuf_text(&cover));
}

static bool is_full(int fd)
{
	struct statvfs about;

	return fstatvfs(fd, &about) == 0 &&
	       ((uint64_t)about.f_bavail * about.f_frsize < LITTLE_ROOM ||
		(about.f_files && !about.f_favail));
}

void layout_explain_full(const struct layout *layout, struct error *err)
{
	if (err->code != ENOSPC && err->code != EDQUOT)
		return;
	if (is_full(layout->root_fd))
		layout_say_full(layout, err);
	else if (is_full(layout->run_fd))
		say_full(layout->run, err);
}

/* File systems that know no nameless files, or promise no room, are taken to have it. */
static bool has_room(int fd)
{
	auto_close int file = openat(fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

	if (file < 0)
		return errno != ENOSPC && errno != EDQUOT;
	return fallocate(file, 0, 0, START_ROOM) == 0 || (errno != ENOSPC && errno != EDQUOT);
}

int layout_check_room(const struct layout *layout, struct error *err)
{
	bool has_root = has_room(layout->root_fd);

	if (has_root && has_room(layout->run_fd))
		return 0;
	error_set(err, ENOSPC, "%s", error_strerror(ENOSPC));
	if (has_root)
		say_full(layout->run, err);
	else
		layout_say_full(layout, err);
	return -1;
}
