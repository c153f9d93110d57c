/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/source/context.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "builder/source/context_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

static int open_directory(struct context *context, const char *path, struct arena *arena,
			  struct error *err)
{
	auto_free char *real = realpath(path, NULL);
	auto_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (!real || (fd < 0 && errno == ENOENT))
		return error_set(err, ERROR_NOT_FOUND,
				 "unable to prepare context: path \"%s\" not found", path);
	if (fd < 0)
		return error_errno(err, "unable to prepare context: '%s'", path);
	context->root = arena_string(arena, real);
	context->fd = take_fd(&fd);
	return 0;
}

static int open_index(struct context *context, const struct layout *layout, struct error *err)
{
	return context->root ? source_index_open(&context->index, layout, context->root, err) : 0;
}

static void describe(struct context *context)
{
	context->source = (struct source){
		.name = "context",
		.fd = context->fd,
		.ignore = context->ignore,
		.index = context->index,
		.has_lost_xattrs = true,
	};
}

int context_open(struct context *context, const struct layout *layout,
		 const struct context_request *request, const struct staging *staging,
		 struct arena *arena, struct error *err)
{
	(void)staging;
	*context = (struct context){.fd = -1};
	if (open_directory(context, request->location, arena, err) < 0)
		return -1;
	if (context_files_load(context, request, true, arena, err) < 0 ||
	    open_index(context, layout, err) < 0) {
		context_close(context);
		return -1;
	}
	describe(context);
	return 0;
}

int context_open_named(struct context *context, const struct layout *layout,
		       const struct context_request *request, const struct staging *staging,
		       struct arena *arena, struct error *err)
{
	(void)staging;
	*context = (struct context){.fd = -1};
	if (open_directory(context, request->location, arena, err) < 0)
		return -1;
	if (context_files_load_ignore(context, arena, err) < 0 ||
	    open_index(context, layout, err) < 0) {
		context_close(context);
		return -1;
	}
	describe(context);
	return 0;
}

void context_close(struct context *context)
{
	source_index_close(context->index);
	if (context->fd >= 0)
		close(context->fd);
	context->index = NULL;
	context->fd = -1;
}

static bool begins(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool context_is_url(const char *text)
{
	return begins(text, "http://") || begins(text, "https://");
}

bool context_is_git(const char *text)
{
	size_t length = strcspn(text, "#?");

	if (begins(text, "git://") || begins(text, "ssh://") || begins(text, "git@") ||
	    begins(text, "github.com/"))
		return true;
	return context_is_url(text) && length > 4 && strncmp(text + length - 4, ".git", 4) == 0;
}

int context_fetch(struct context_fetched *fetched, const struct context_fetch *request,
		  const struct staging *staging, struct arena *arena, struct error *err)
{
	(void)fetched;
	(void)staging;
	(void)arena;
	return error_set(err, ERROR_UNSUPPORTED, "cannot fetch '%s'", request->url);
}
