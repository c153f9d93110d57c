/* SPDX-License-Identifier: Apache-2.0 */
/* What a build fetches by a URL: a file, or a tree of git's. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "builder/source/context_private.h"
#include "registry/download.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* What a file is called that neither its URL nor its server has a name for. */
#define UNNAMED "__unnamed__"

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

static int check_sum(const struct context_fetch *request, const char *hex, struct error *err)
{
	const char *wanted = request->checksum;
	auto_free char *shown = NULL;

	if (!wanted || (begins(wanted, "sha256:") && strcmp(wanted + 7, hex) == 0))
		return 0;
	shown = download_show_url(request->url);
	return error_set(err, ERROR_INVALID, "'%s': digest mismatch sha256:%s: %s", shown, hex,
			 wanted);
}

/* It is as old as its server says, or as old as time. */
static int set_time(int fd, int64_t modified_s, struct error *err)
{
	const struct timespec time = {.tv_sec = modified_s < 0 ? 0 : modified_s};
	const struct timespec times[] = {time, time};

	return futimens(fd, times) < 0 ? error_errno(err, "cannot set the time of a file") : 0;
}

/* The file has no name before it is known what it is called. */
static int give_name(int fd, int directory, const char *name, struct error *err)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, path, directory, name, AT_SYMLINK_FOLLOW) < 0)
		return error_errno(err, "cannot name a file '%s'", name);
	return 0;
}

static int keep_file(struct context_fetched *fetched, int fd, const struct download *download,
		     const struct staging *staging, struct error *err)
{
	auto_close int directory = context_make_directory(staging, err);

	if (directory < 0 || set_time(fd, download->modified_s, err) < 0 ||
	    give_name(fd, directory, fetched->name, err) < 0)
		return -1;
	fetched->fd = take_fd(&directory);
	return 0;
}

static int fetch_file(struct context_fetched *fetched, const struct context_fetch *request,
		      const struct staging *staging, struct arena *arena, struct error *err)
{
	auto_close int fd = context_make_file(staging, err);
	struct download_request wanted = {
		.transport = request->transport,
		.url = request->url,
		.fd = fd,
	};
	struct download download;

	if (request->only_digest && !context_memory_find(staging->layout, request->url,
							 fetched->hex, &wanted.validator, arena))
		wanted.validator = NULL;
	if (fd < 0 || download_run(&download, &wanted, err) < 0)
		return -1;
	if (!download.is_unchanged)
		memcpy(fetched->hex, download.hex, sizeof(fetched->hex));
	if (check_sum(request, fetched->hex, err) < 0)
		return -1;
	if (download.is_unchanged)
		return 0;
	context_memory_put(staging->layout, request->url, download.hex, download.validator);
	fetched->name = arena_string(arena, download.name[0] ? download.name : UNNAMED);
	return keep_file(fetched, fd, &download, staging, err);
}

int context_fetch(struct context_fetched *fetched, const struct context_fetch *request,
		  const struct staging *staging, struct arena *arena, struct error *err)
{
	*fetched = (struct context_fetched){.fd = -1};
	if (context_is_git(request->url))
		return context_git_fetch(fetched, request, staging, arena, err);
	return fetch_file(fetched, request, staging, arena, err);
}
