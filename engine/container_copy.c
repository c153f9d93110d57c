/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files into and out of a container.
 *
 * What is copied goes as a tar stream (engine/copy_stream.h). In the container, every path is
 * walked below a descriptor of its root, by the kernel; of its files, only regular ones are ever
 * opened.
 */
#include "engine/container_files.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "engine/container_event.h"
#include "engine/container_root.h"
#include "engine/copy_stream.h"
#include "runtime/identity.h"
#include "storage/archive/layer_diff.h"
#include "storage/archive/tar_extract.h"
#include "storage/archive/tar_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One side: the host's files, or a container's. */
struct side {
	int root_fd;	   /* -1: the host */
	const char *place; /* "in container x" or "on this host", for messages */
};

/* A path as it was typed. */
struct typed {
	char *path;	   /* without "/" and "/." at the end */
	bool is_directory; /* ended with one of them */
	bool is_contents;  /* ended with "/.", or is "." */
};

struct source {
	int fd;	    /* O_PATH */
	char *name; /* what it is called where it goes */
	struct stat status;
	bool is_contents;
};

struct target {
	char *directory; /* that exists */
	char *name;	 /* of what is made in it; NULL: the source's own */
};

static void release_typed(struct typed *typed)
{
	free(typed->path);
}
#define auto_typed __attribute__((cleanup(release_typed)))

static void release_source(struct source *source)
{
	cleanup_close(&source->fd);
	free(source->name);
}
#define auto_source __attribute__((cleanup(release_source)))

static void release_target(struct target *target)
{
	free(target->directory);
	free(target->name);
}
#define auto_target __attribute__((cleanup(release_target)))

/* ---- paths -------------------------------------------------------------------------------------
 */

static bool ends_with(const char *path, const char *end)
{
	size_t length = strlen(path), wanted = strlen(end);

	return length >= wanted && strcmp(path + length - wanted, end) == 0;
}

/* In a container, a path is lexical and starts at the root, as Docker has it. */
static void read_typed(const struct side *side, const char *text, struct typed *typed)
{
	size_t length;

	typed->is_contents = ends_with(text, "/.") || strcmp(text, ".") == 0;
	typed->is_directory = typed->is_contents || ends_with(text, "/") || ends_with(text, "/..");
	if (side->root_fd >= 0) {
		typed->path = path_join("/", text);
		return;
	}
	typed->path = alloc_string(text);
	length = strlen(typed->path);
	while (length > 1 && (ends_with(typed->path, "/") || ends_with(typed->path, "/.")))
		typed->path[--length] = '\0';
}

static int open_at(const struct side *side, const char *path, int flags, struct error *err)
{
	int fd;

	if (side->root_fd >= 0)
		return path_open(side->root_fd, path, PATH_IN_ROOT, flags, err);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? error_errno(err, "cannot open '%s'", path) : fd;
}

static const char *last_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* ---- the source --------------------------------------------------------------------------------
 */

/* The name under which it arrives. "", "." and ".." are none: then the directory's own. */
static char *name_source(const struct side *side, const struct typed *typed, int fd)
{
	const char *name = last_of(typed->path);
	char link[40], real[PATH_MAX];
	ssize_t length;

	if (side->root_fd >= 0 || (strcmp(name, "..") != 0 && strcmp(name, ".") != 0))
		return alloc_string(name);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, real, sizeof(real) - 1);
	if (length <= 0)
		return alloc_string("");
	real[length] = '\0';
	return alloc_string(last_of(real));
}

static int open_source(const struct side *side, const struct container_copy *copy,
		       struct source *source, struct error *err)
{
	const char *text = side->root_fd >= 0 ? copy->path : copy->local;
	auto_typed struct typed typed = {0};
	bool follows = copy->follows_link;

	read_typed(side, text, &typed);
	follows |= typed.is_directory;
	source->fd = open_at(side, typed.path, O_PATH | (follows ? 0 : O_NOFOLLOW), err);
	if (source->fd < 0 && err->code == ENOENT)
		return error_set(err, ERROR_NOT_FOUND, "there is no '%s' %s", text, side->place);
	if (source->fd < 0)
		return error_wrap(err, "'%s' %s", text, side->place);
	if (fstat(source->fd, &source->status) < 0)
		return error_errno(err, "cannot read '%s'", text);
	if (typed.is_directory && !S_ISDIR(source->status.st_mode))
		return error_set(err, ERROR_INVALID, "'%s' %s is not a directory", text,
				 side->place);
	if (side->root_fd >= 0 && layer_diff_is_pseudo(source->fd))
		return error_set(err, ERROR_INVALID,
				 "'%s' %s is in a file system that the kernel makes up: it "
				 "cannot be copied",
				 text, side->place);
	source->name = name_source(side, &typed, source->fd);
	source->is_contents = typed.is_contents || !*source->name;
	return 0;
}

/* ---- the target --------------------------------------------------------------------------------
 */

/* Where a link leads that stands at @path; NULL when there is none. */
static char *read_link(const char *path, const void *data)
{
	const struct side *side = data;
	auto_close int fd = open_at(side, path, O_PATH | O_NOFOLLOW, NULL);
	auto_free char *directory = NULL;
	char text[PATH_MAX];
	ssize_t length = fd < 0 ? -1 : readlinkat(fd, "", text, sizeof(text) - 1);

	if (length <= 0)
		return NULL;
	text[length] = '\0';
	directory = path_directory(path);
	if (side->root_fd >= 0)
		return path_join(directory, text);
	return *text == '/' ? alloc_string(text) : alloc_format("%s/%s", directory, text);
}

/* Something that is not a directory is there, or nothing: its directory must be. */
static int split_target(const struct side *side, const char *text, const char *path,
			struct target *target, struct error *err)
{
	auto_free char *real = path_follow(path, read_link, side, err);
	auto_close int fd = -1;

	if (!real)
		return -1;
	target->directory = path_directory(real);
	target->name = alloc_string(last_of(real));
	fd = open_at(side, target->directory, O_PATH | O_DIRECTORY, NULL);
	if (fd < 0)
		return error_set(err, ERROR_NOT_FOUND,
				 "cannot copy to '%s': the directory '%s' is not %s", text,
				 target->directory, side->place);
	return 0;
}

/* Docker's words. What is no regular file is never replaced. */
static int check_kind(const char *text, mode_t mode, struct error *err)
{
	const char *kind = S_ISFIFO(mode) ? "named pipe" : S_ISSOCK(mode) ? "socket" : "device";

	if (S_ISREG(mode))
		return 0;
	return error_set(err, ERROR_INVALID,
			 "invalid output path: \"%s\" must be a directory or a regular file: got a "
			 "%s",
			 text, kind);
}

/* @source NULL: a stream of unknown entries, which needs a directory. */
static int find_target(const struct side *side, const char *text, const struct source *source,
		       struct target *target, struct error *err)
{
	bool is_directory = source && S_ISDIR(source->status.st_mode);
	auto_typed struct typed typed = {0};
	struct error problem = {0};
	auto_close int fd = -1;
	struct stat status;

	read_typed(side, text, &typed);
	fd = open_at(side, typed.path, O_PATH, &problem);
	if (fd < 0 && problem.code != ENOENT)
		return error_set(err, problem.code, "'%s' %s: %s", text, side->place, problem.text);
	if (fd >= 0 && fstat(fd, &status) < 0)
		return error_errno(err, "cannot read '%s'", text);
	if (fd >= 0 && S_ISDIR(status.st_mode)) {
		target->directory = alloc_string(typed.path);
		if (source)
			target->name = alloc_string(source->is_contents ? "" : source->name);
		return 0;
	}
	if (fd >= 0 && check_kind(text, status.st_mode, err) < 0)
		return -1;
	if (!source || (fd >= 0 && typed.is_directory))
		return error_set(err, ERROR_INVALID, "'%s' %s is not a directory", text,
				 side->place);
	if (fd >= 0 && is_directory)
		return error_set(err, ERROR_INVALID,
				 "cannot copy a directory over the file '%s' %s", text,
				 side->place);
	if (fd < 0 && typed.is_directory && !is_directory)
		return error_set(err, ERROR_INVALID, "the directory '%s' is not %s", text,
				 side->place);
	return split_target(side, text, typed.path, target, err);
}

/* ---- streams -----------------------------------------------------------------------------------
 */

static int write_source(const struct source *source, const char *name, int fd, struct error *err)
{
	auto_tar_writer struct tar_writer tar;
	struct layer_diff diff = {.fd = source->fd, .path = name};

	tar_writer_init_fd(&tar, fd);
	tar.has_exact_times = true;
	if (layer_diff_write(&diff, &tar, err) < 0)
		return -1;
	return tar_writer_finish(&tar, err);
}

struct reading {
	const struct source *source;
	const char *name;
};

static int write_reading(const void *data, int fd, struct error *err)
{
	const struct reading *reading = data;

	return write_source(reading->source, reading->name, fd, err);
}

static int transfer(const struct source *source, const char *name, struct tar_extract *extract,
		    struct error *err)
{
	const struct reading reading = {source, name};

	return copy_stream_run(write_reading, &reading, extract, err);
}

/* ---- both ways ---------------------------------------------------------------------------------
 */

static struct side host_side(void)
{
	return (struct side){-1, "on this host"};
}

static struct side container_side(const struct container_root *root, struct arena *arena)
{
	return (struct side){root->fd,
			     arena_format(arena, "in container %s", root->container->name)};
}

static int stream_out(const struct source *source, int fd, struct error *err)
{
	return write_source(source, source->is_contents ? "" : source->name, fd, err);
}

static int copy_out(const struct source *source, const struct container_copy *copy,
		    struct error *err)
{
	struct side host = host_side();
	auto_target struct target target = {0};
	auto_close int directory = -1;
	struct tar_extract extract = {
		.root_fd = -1,
		.sets_owner = !copy->keeps_owner,
		.uid = geteuid(),
		.gid = getegid(),
		.is_host = true,
	};

	if (find_target(&host, copy->local, source, &target, err) < 0)
		return error_state(err, FACT_OF_CLIENT, NULL, NULL);
	directory = open_at(&host, target.directory, O_RDONLY | O_DIRECTORY, err);
	if (directory < 0)
		return error_state(err, FACT_OF_CLIENT, NULL, NULL);
	extract.directory_fd = directory;
	return transfer(source, target.name, &extract, err);
}

int container_copy_out(struct engine *engine, const char *id, const struct container_copy *copy,
		       struct error *err)
{
	auto_arena struct arena arena = {0};
	auto_container_root struct container_root root = CONTAINER_ROOT_CLOSED;
	auto_source struct source source = {.fd = -1};
	struct error reason = {0};
	struct side container;
	int result = -1;

	if (container_root_open(&root, engine, id, CONTAINER_ROOT_MOUNTED, &arena, err) < 0)
		return -1;
	container = container_side(&root, &arena);
	if (open_source(&container, copy, &source, &reason) == 0)
		result = copy->local ? copy_out(&source, copy, &reason)
				     : stream_out(&source, copy->stream_fd, &reason);
	if (result < 0)
		return error_pass(err, &reason);
	container_event(root.container, "archive-path", NULL, 0);
	return 0;
}

int container_look(struct engine *engine, const char *id, const char *path,
		   struct container_path *found, struct arena *arena, struct error *err)
{
	const struct container_copy copy = {.path = path};
	auto_container_root struct container_root root = CONTAINER_ROOT_CLOSED;
	auto_source struct source source = {.fd = -1};
	auto_typed struct typed typed = {0};
	auto_free char *target = NULL;
	struct error reason = {0};
	struct side container;

	if (container_root_open(&root, engine, id, CONTAINER_ROOT_MOUNTED, arena, err) < 0)
		return -1;
	container = container_side(&root, arena);
	if (open_source(&container, &copy, &source, &reason) < 0)
		return error_pass(err, &reason);
	read_typed(&container, path, &typed);
	if (S_ISLNK(source.status.st_mode))
		target = path_follow(typed.path, read_link, &container, NULL);
	*found = (struct container_path){
		.name = arena_string(arena, *source.name ? source.name : "/"),
		.status = source.status,
		.target = arena_string(arena, target),
	};
	return 0;
}

/* Whose a stream's files become. */
static int set_user(struct tar_extract *extract, const struct container_root *root,
		    struct arena *arena, struct error *err)
{
	const char *user = root->container->config.user;
	struct identity identity;

	if (!user || !*user)
		return 0;
	if (identity_resolve(&identity, arena, root->fd, user, NULL, err) < 0)
		return -1;
	extract->sets_owner = true;
	extract->uid = identity.user.uid;
	extract->gid = identity.user.gid;
	return 0;
}

static int copy_in(const struct container_root *root, const struct side *container,
		   const struct container_copy *copy, struct arena *arena, struct error *err)
{
	struct side host = host_side();
	auto_source struct source source = {.fd = -1};
	auto_target struct target target = {0};
	struct tar_extract extract = {
		.root_fd = container->root_fd,
		.sets_owner = copy->local && !copy->keeps_owner,
		.replaces = copy->replaces,
	};

	if (copy->local && open_source(&host, copy, &source, err) < 0)
		return error_state(err, FACT_OF_CLIENT, NULL, NULL);
	if (find_target(container, copy->path, copy->local ? &source : NULL, &target, err) < 0)
		return -1;
	extract.path = target.directory;
	if (copy->to_user && set_user(&extract, root, arena, err) < 0)
		return -1;
	if (copy->local)
		return transfer(&source, target.name, &extract, err);
	return tar_extract_run(&extract, copy->stream_fd, err);
}

int container_copy_in(struct engine *engine, const char *id, const struct container_copy *copy,
		      struct error *err)
{
	auto_arena struct arena arena = {0};
	auto_container_root struct container_root root = CONTAINER_ROOT_CLOSED;
	struct error reason = {0};
	struct side container;

	if (container_root_open(&root, engine, id, CONTAINER_ROOT_MOUNTED, &arena, err) < 0)
		return -1;
	container = container_side(&root, &arena);
	if (copy_in(&root, &container, copy, &arena, &reason) == 0) {
		container_event(root.container, "extract-to-dir", NULL, 0);
		return 0;
	}
	if (reason.code == EROFS)
		return error_set(err, EROFS, "cannot copy to '%s' %s: it is mounted read-only (%s)",
				 copy->path, container.place, reason.text);
	return error_pass(err, &reason);
}
