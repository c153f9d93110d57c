/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/source/context.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "builder/source/context_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

struct opening {
	struct context *context;
	const struct context_request *request;
	const struct staging *staging;
	struct arena *arena;
};

/* ---- a directory of this host ---------------------------------------------------------------- */

static int open_directory(const struct opening *opening, struct error *err)
{
	const char *path = opening->request->location;
	auto_free char *real = realpath(path, NULL);
	auto_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (!real || (fd < 0 && errno == ENOENT))
		return error_set(err, ERROR_NOT_FOUND,
				 "unable to prepare context: path \"%s\" not found", path);
	if (fd < 0)
		return error_errno(err, "unable to prepare context: '%s'", path);
	opening->context->root = arena_string(opening->arena, real);
	opening->context->fd = take_fd(&fd);
	return 0;
}

/* ---- standard input -------------------------------------------------------------------------- */

static int open_stdin(const struct opening *opening, struct error *err)
{
	const struct context_request *request = opening->request;
	auto_strbuf struct strbuf text = {0};

	if (request->dockerfile && strcmp(request->dockerfile, "-") == 0)
		return error_set(err, ERROR_INVALID,
				 "invalid argument: can't use stdin for both build context and "
				 "dockerfile");
	if (context_archive_open_stdin(opening->context, request->stdin_fd, opening->staging, &text,
				       err) < 0)
		return -1;
	if (!text.text)
		return 0;
	if (request->dockerfile || request->dockerfile_inline)
		return error_set(err, ERROR_INVALID,
				 "ambiguous Dockerfile source: both stdin and flag correspond to "
				 "Dockerfiles");
	context_files_set(opening->context, "Dockerfile", &text, opening->arena);
	return 0;
}

/* ---- what is fetched ------------------------------------------------------------------------- */

static int fetch(const struct opening *opening, struct context_fetched *fetched, struct error *err)
{
	struct context_fetch wanted = {
		.url = opening->request->location,
		.transport = opening->request->transport,
		.ssh_auth_socket = opening->request->ssh_auth_socket,
		.keeps_git_directory = opening->request->keeps_git_directory,
	};

	return context_fetch(fetched, &wanted, opening->staging, opening->arena, err);
}

static int open_git(const struct opening *opening, struct error *err)
{
	struct context_fetched fetched;

	if (fetch(opening, &fetched, err) < 0)
		return -1;
	opening->context->fd = fetched.fd;
	return 0;
}

/* An archive is unpacked; anything else is a Dockerfile, and all that there is. */
static int open_url(const struct opening *opening, struct error *err)
{
	struct context_fetched fetched;
	auto_strbuf struct strbuf text = {0};
	auto_close int fd = -1, directory = -1;

	if (fetch(opening, &fetched, err) < 0)
		return -1;
	directory = fetched.fd;
	fd = openat(directory, fetched.name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "cannot open '%s'", fetched.name);
	if (context_archive_open(opening->context, fd, opening->staging, &text, err) < 0)
		return error_wrap(err, "'%s'", fetched.name);
	if (!text.text)
		return 0;
	close(opening->context->fd);
	opening->context->fd = take_fd(&directory);
	context_files_set(opening->context, fetched.name, &text, opening->arena);
	return 0;
}

/* ---- all of them ----------------------------------------------------------------------------- */

static bool is_stdin(const char *location)
{
	return strcmp(location, "-") == 0;
}

static bool is_anything(const char *location)
{
	return location != NULL;
}

/* The first that it is. */
static const struct kind {
	bool (*is)(const char *location);
	int (*open)(const struct opening *opening, struct error *err);
} kinds[] = {
	{is_stdin, open_stdin},
	{context_is_git, open_git},
	{context_is_url, open_url},
	{is_anything, open_directory},
};

static int open_location(const struct opening *opening, struct error *err)
{
	const struct kind *kind = kinds;

	while (!kind->is(opening->request->location))
		kind++;
	return kind->open(opening, err);
}

/* Of a directory of this host neither owners nor extended attributes count, and its files are known
 * from the last time. */
static int complete(struct context *context, const struct layout *layout, struct error *err)
{
	if (context->root && source_index_open(&context->index, layout, context->root, err) < 0)
		return -1;
	context->source = (struct source){
		.name = "context",
		.fd = context->fd,
		.ignore = context->ignore,
		.index = context->index,
		.has_lost_xattrs = context->root != NULL,
	};
	return 0;
}

int context_open(struct context *context, const struct layout *layout,
		 const struct context_request *request, const struct staging *staging,
		 struct arena *arena, struct error *err)
{
	struct opening opening = {context, request, staging, arena};

	*context = (struct context){.fd = -1};
	if (open_location(&opening, err) == 0 &&
	    context_files_load(context, request, arena, err) == 0 &&
	    complete(context, layout, err) == 0)
		return 0;
	context_close(context);
	return -1;
}

int context_open_named(struct context *context, const struct layout *layout,
		       const struct context_request *request, const struct staging *staging,
		       struct arena *arena, struct error *err)
{
	struct opening opening = {context, request, staging, arena};

	*context = (struct context){.fd = -1};
	if (open_location(&opening, err) == 0 &&
	    (!context->root || context_files_load_ignore(context, arena, err) == 0) &&
	    complete(context, layout, err) == 0)
		return 0;
	context_close(context);
	return -1;
}

void context_close(struct context *context)
{
	source_index_close(context->index);
	if (context->fd >= 0)
		close(context->fd);
	context->index = NULL;
	context->fd = -1;
}
