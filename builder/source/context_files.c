/* SPDX-License-Identifier: Apache-2.0 */
/* The Dockerfile of a context, and which ignore file goes with it. */
#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "builder/source/context_private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int context_files_drain(int fd, struct strbuf *text, struct error *err)
{
	for (;;) {
		ssize_t length = read(fd, strbuf_reserve(text, 64 << 10), 64 << 10);

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return error_errno(err, "cannot read it");
		if (length == 0)
			return 0;
		text->length += (size_t)length;
		text->text[text->length] = '\0';
		if (text->length > CONTEXT_FILE_LIMIT)
			return error_set(err, ERROR_INVALID, "it is larger than %zu MiB",
					 CONTEXT_FILE_LIMIT >> 20);
	}
}

int context_files_read(int dirfd, const char *path, struct strbuf *text, struct error *err)
{
	struct error reason = {0};
	struct stat status;
	auto_close int fd =
		path_open(dirfd, path, PATH_BENEATH, O_RDONLY | O_NONBLOCK | O_NOCTTY, &reason);

	if (fd < 0 && reason.code == EXDEV)
		return error_set(err, ERROR_INVALID,
				 "'%s' is a link that leads out of its folder: it is not followed",
				 path);
	if (fd < 0 && (reason.code == ENOENT || reason.code == ENOTDIR))
		return error_set(err, ERROR_NOT_FOUND, "open %s: no such file or directory", path);
	if (fd < 0)
		return error_pass(err, &reason);
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return error_set(err, ERROR_INVALID, "'%s' is not a regular file", path);
	return context_files_drain(fd, text, err) < 0 ? error_wrap(err, "'%s'", path) : 0;
}

/* Where the Dockerfile is: a directory, and a path below it that no link may leave. */
struct place {
	int fd;
	bool is_owned; /* fd: else the context's */
	const char *path;
};

static void place_close(struct place *place)
{
	if (place->is_owned && place->fd >= 0)
		close(place->fd);
}

/* What of an absolute path is below the context; NULL: it is elsewhere. */
static const char *below_root(const struct context *context, const char *path)
{
	size_t length = context->root ? strlen(context->root) : 0;

	if (length == 0 || strncmp(path, context->root, length) != 0)
		return NULL;
	if (context->root[length - 1] == '/')
		return path + length;
	return path[length] == '/' ? path + length + 1 : NULL;
}

static char *absolute_path(const struct context *context, const struct context_request *request,
			   struct error *err)
{
	auto_free char *folder = NULL;

	if (request->is_from_context)
		return path_join(context->root, request->dockerfile);
	folder = getcwd(NULL, 0);
	if (!folder) {
		error_errno(err, "cannot tell the current folder");
		return NULL;
	}
	return path_join(folder, request->dockerfile);
}

/* Somebody else's folder: links may not lead out of that one. */
static int place_elsewhere(struct place *place, const char *path, struct arena *arena,
			   struct error *err)
{
	auto_free char *folder = path_directory(path);

	place->path = arena_string(arena, strrchr(path, '/') + 1);
	place->fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	place->is_owned = true;
	if (place->fd < 0 && errno == ENOENT)
		return error_set(err, ERROR_NOT_FOUND, "open %s: no such file or directory", path);
	return place->fd < 0 ? error_errno(err, "cannot open '%s'", folder) : 0;
}

static int find_place(struct place *place, const struct context *context,
		      const struct context_request *request, struct arena *arena, struct error *err)
{
	auto_free char *path = NULL, *folder = NULL, *real = NULL;
	const char *below;

	*place = (struct place){.fd = context->fd, .path = request->dockerfile};
	if (!context->root) {
		/* A context that was fetched has no outside. */
		path = path_clean(request->dockerfile);
		place->path = arena_string(arena, path);
		return 0;
	}
	path = absolute_path(context, request, err);
	if (!path)
		return -1;
	folder = path_directory(path);
	real = realpath(folder, NULL);
	below = below_root(context, path);
	if (!below && real) {
		auto_free char *joined = path_join(real, strrchr(path, '/') + 1);

		below = arena_string(arena, below_root(context, joined));
	}
	if (!below)
		return place_elsewhere(place, path, arena, err);
	place->path = arena_string(arena, below);
	return 0;
}

void context_files_set(struct context *context, const char *name, const struct strbuf *text,
		       struct arena *arena)
{
	context->dockerfile_name = arena_string(arena, name);
	context->dockerfile = arena_string_n(arena, strbuf_text(text), text->length);
	context->dockerfile_length = text->length;
}

static int parse_ignore(struct context *context, const char *name, const struct strbuf *text,
			struct arena *arena, struct error *err)
{
	context->ignore = ignore_parse(name, strbuf_text(text), text->length, arena, err);
	return context->ignore ? 0 : -1;
}

/* 1: it is there, 0: it is not. */
static int try_ignore(struct context *context, int dirfd, const char *path, struct arena *arena,
		      struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	struct error reason = {0};

	if (context_files_read(dirfd, path, &text, &reason) < 0)
		return reason.code == ERROR_NOT_FOUND ? 0 : error_pass(err, &reason);
	return parse_ignore(context, path, &text, arena, err) < 0 ? -1 : 1;
}

int context_files_load_ignore(struct context *context, struct arena *arena, struct error *err)
{
	return try_ignore(context, context->fd, ".dockerignore", arena, err) < 0 ? -1 : 0;
}

/* One of the Dockerfile's own stands for the one of the context. */
static int load_ignore(struct context *context, const struct place *place, struct arena *arena,
		       struct error *err)
{
	auto_free char *own = alloc_format("%s.dockerignore", place->path);
	int found = try_ignore(context, place->fd, own, arena, err);

	return found == 0 ? context_files_load_ignore(context, arena, err) : found < 0 ? -1 : 0;
}

static void add_literal(struct strvec *patterns, const char *name)
{
	auto_strbuf struct strbuf pattern = {0};

	for (; *name; name++) {
		if (strchr("*?[]!#\\", *name))
			strbuf_add_char(&pattern, '\\');
		strbuf_add_char(&pattern, *name);
	}
	strvec_add(patterns, strbuf_text(&pattern));
}

/* What the ignore file says of these two counts, and nothing else of it. */
static int load_own_ignore(struct context *context, const struct place *place, struct arena *arena,
			   struct error *err)
{
	const char *const own[] = {".dockerignore", place->path};
	auto_strvec struct strvec hidden = {0};
	const struct ignore *all;

	if (context_files_load_ignore(context, arena, err) < 0)
		return -1;
	all = context->ignore;
	for (size_t i = 0; i < array_length(own); i++)
		if (ignore_judge(all, own[i]) != IGNORE_TAKES)
			add_literal(&hidden, own[i]);
	context->ignore = hidden.count ? ignore_from_patterns(hidden.items, arena, err) : NULL;
	return hidden.count && !context->ignore ? -1 : 0;
}

/* The name that nobody gave may be written small, too. @root: of a directory; else NULL. */
static int read_dockerfile(struct place *place, const char *root, bool is_default,
			   struct strbuf *text, struct error *err)
{
	struct error reason = {0};

	if (context_files_read(place->fd, place->path, text, &reason) == 0)
		return 0;
	if (is_default && reason.code == ERROR_NOT_FOUND &&
	    context_files_read(place->fd, "dockerfile", text, NULL) == 0) {
		place->path = "dockerfile";
		return 0;
	}
	error_pass(err, &reason);
	if (is_default && reason.code == ERROR_NOT_FOUND && root)
		error_append(err, "; there is none in '%s': write one, or name another file", root);
	return error_wrap(err, "failed to read dockerfile");
}

static int load_named(struct context *context, const struct context_request *request,
		      struct arena *arena, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	__attribute__((cleanup(place_close))) struct place place = {
		.fd = context->fd,
		.path = "Dockerfile",
	};

	if (request->dockerfile && find_place(&place, context, request, arena, err) < 0)
		return error_wrap(err, "failed to read dockerfile");
	if (read_dockerfile(&place, context->root, !request->dockerfile, &text, err) < 0)
		return -1;
	context_files_set(context, request->dockerfile ? request->dockerfile : place.path, &text,
			  arena);
	if (context->root)
		return load_ignore(context, &place, arena, err);
	return request->hides_own_files ? load_own_ignore(context, &place, arena, err) : 0;
}

static int load_stdin(struct context *context, const struct context_request *request,
		      struct arena *arena, struct error *err)
{
	auto_strbuf struct strbuf text = {0};

	if (context_files_drain(request->stdin_fd, &text, err) < 0)
		return error_wrap(err, "failed to read dockerfile from standard input");
	context_files_set(context, "Dockerfile", &text, arena);
	return 0;
}

/* Without a file there is none of its own to ignore things. */
static int load_text(struct context *context, const struct context_request *request,
		     struct arena *arena, struct error *err)
{
	if (request->dockerfile_inline) {
		context->dockerfile_name = "Dockerfile";
		context->dockerfile = arena_string(arena, request->dockerfile_inline);
		context->dockerfile_length = strlen(request->dockerfile_inline);
	} else if (load_stdin(context, request, arena, err) < 0) {
		return -1;
	}
	return context->root ? context_files_load_ignore(context, arena, err) : 0;
}

int context_files_load(struct context *context, const struct context_request *request,
		       struct arena *arena, struct error *err)
{
	bool is_stdin = request->dockerfile && strcmp(request->dockerfile, "-") == 0;

	if (request->dockerfile_inline || is_stdin)
		return load_text(context, request, arena, err);
	return context->dockerfile ? 0 : load_named(context, request, arena, err);
}
