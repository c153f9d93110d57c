/* SPDX-License-Identifier: Apache-2.0 */
/* A context that comes as an archive, or as a Dockerfile alone: a directory below staging. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "builder/source/context_private.h"
#include "storage/archive/tar_extract.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_DIRECTORIES 100000

int context_make_directory(const struct staging *staging, struct error *err)
{
	char name[32];

	for (unsigned number = 0; number < MOST_DIRECTORIES; number++) {
		snprintf(name, sizeof(name), "source-%u", number);
		if (mkdirat(staging->fd, name, 0755) == 0) {
			int fd = openat(staging->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

			return fd < 0 ? error_errno(err, "cannot open '%s'", name) : fd;
		}
		if (errno != EEXIST)
			break;
	}
	return error_errno(err, "cannot create a directory for a build's sources");
}

int context_make_file(const struct staging *staging, struct error *err)
{
	int fd = openat(staging->fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd < 0 ? error_errno(err, "cannot create a file for a build's sources") : fd;
}

/* What cannot be read twice is kept, for it must be looked at before it is known what it is. */
static int spool(int fd, const struct staging *staging, struct error *err)
{
	auto_strbuf struct strbuf buffer = {0};
	auto_close int kept = context_make_file(staging, err);
	const size_t size = (size_t)256 << 10;

	if (kept < 0)
		return -1;
	for (;;) {
		ssize_t length = read(fd, strbuf_reserve(&buffer, size), size);

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return error_errno(err, "cannot read it");
		if (length == 0)
			break;
		if (file_write_all(kept, buffer.text, (size_t)length, err) < 0)
			return -1;
	}
	return lseek(kept, 0, SEEK_SET) < 0 ? error_errno(err, "cannot read it") : take_fd(&kept);
}

static int unpack(int directory, int fd, struct error *err)
{
	struct tar_extract extract = {.root_fd = directory, .path = "/", .replaces = true};

	return tar_extract_run(&extract, fd, err);
}

int context_archive_open(struct context *context, int fd, const struct staging *staging,
			 struct strbuf *dockerfile, struct error *err)
{
	if (context->fd < 0)
		context->fd = context_make_directory(staging, err);
	if (context->fd < 0)
		return -1;
	if (tar_extract_is_archive(fd))
		return unpack(context->fd, fd, err);
	return context_files_drain(fd, dockerfile, err);
}

int context_archive_open_stdin(struct context *context, int stdin_fd, const struct staging *staging,
			       struct strbuf *dockerfile, struct error *err)
{
	auto_close int fd = spool(stdin_fd, staging, err);

	if (fd < 0 || context_archive_open(context, fd, staging, dockerfile, err) < 0)
		return error_wrap(err, "context on standard input");
	return 0;
}
