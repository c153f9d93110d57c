/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"

#define PATH_SIZE 96

static const char *blob_path(char path[PATH_SIZE], const char *hex)
{
	snprintf(path, PATH_SIZE, "blobs/sha256/%.64s", hex);
	return path;
}

void blob_reserve(struct blob_file *file)
{
	static unsigned count;

	*file = (struct blob_file){0};
	snprintf(file->name, sizeof(file->name), "blob-%u", ++count);
}

int blob_begin(struct blob_writer *writer, const struct staging *staging, struct blob_file *file,
	       struct error *err)
{
	blob_reserve(file);
	*writer = (struct blob_writer){.file = file};
	digest_init(&writer->hash);
	writer->fd = openat(staging->fd, file->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (writer->fd < 0)
		return error_errno(err, "cannot create a file in '%s/staging'",
				   staging->layout->root);
	return 0;
}

int blob_write(struct blob_writer *writer, const void *bytes, size_t length, struct error *err)
{
	digest_add(&writer->hash, bytes, length);
	writer->file->size += (int64_t)length;
	return file_write_all(writer->fd, bytes, length, err);
}

void blob_finish(struct blob_writer *writer)
{
	digest_finish(&writer->hash, writer->file->hex);
	close(take_fd(&writer->fd));
}

void blob_abandon(struct blob_writer *writer)
{
	if (writer->fd >= 0)
		close(take_fd(&writer->fd));
}

int blob_stage_bytes(const struct staging *staging, const void *bytes, size_t length,
		     struct blob_file *file, struct error *err)
{
	auto_blob_writer struct blob_writer writer = {.fd = -1};

	if (blob_begin(&writer, staging, file, err) < 0 ||
	    blob_write(&writer, bytes, length, err) < 0)
		return -1;
	if (fsync(writer.fd) < 0)
		return error_errno(err, "cannot sync a file in '%s/staging'",
				   staging->layout->root);
	blob_finish(&writer);
	return 0;
}

bool blob_stage_as(const struct staging *staging, const char *hex, const char *name)
{
	char path[PATH_SIZE];

	return linkat(staging->layout->images_fd, blob_path(path, hex), staging->fd, name, 0) == 0;
}

bool blob_stage_existing(const struct staging *staging, const char *hex, struct blob_file *file)
{
	struct stat status;

	blob_reserve(file);
	if (!blob_stage_as(staging, hex, file->name) ||
	    fstatat(staging->fd, file->name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	memcpy(file->hex, hex, DIGEST_HEX_SIZE);
	file->size = status.st_size;
	return true;
}

int blob_commit(const struct staging *staging, const struct blob_file *file, struct error *err)
{
	char path[PATH_SIZE];

	if (linkat(staging->fd, file->name, staging->layout->images_fd, blob_path(path, file->hex),
		   0) < 0 &&
	    errno != EEXIST)
		return error_errno(err, "cannot store blob sha256:%.12s", file->hex);
	return 0;
}

int blob_sync(const struct layout *layout, struct error *err)
{
	auto_close int fd =
		openat(layout->images_fd, "blobs/sha256", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		return error_errno(err, "cannot sync '%s/images/blobs'", layout->root);
	return 0;
}

bool blob_exists(const struct layout *layout, const char *hex)
{
	char path[PATH_SIZE];

	return faccessat(layout->images_fd, blob_path(path, hex), F_OK, 0) == 0;
}

int blob_open(const struct layout *layout, const char *hex, int64_t *size, struct error *err)
{
	char path[PATH_SIZE];
	auto_close int fd = -1;
	struct error problem = {0};
	struct stat status;

	fd = file_open(layout->images_fd, blob_path(path, hex), O_RDONLY, &problem);
	if (fd < 0 && problem.code == ENOENT)
		return error_set(err, ERROR_NOT_FOUND, "blob sha256:%s is not in '%s/images'", hex,
				 layout->root);
	if (fd < 0)
		return error_set(err, problem.code, "blob sha256:%s: %s", hex, problem.text);
	if (fstat(fd, &status) < 0)
		return error_errno(err, "cannot open blob sha256:%s", hex);
	if (size)
		*size = status.st_size;
	return take_fd(&fd);
}

int blob_read(const struct layout *layout, const char *hex, struct strbuf *out, struct error *err)
{
	char path[PATH_SIZE];
	char actual[DIGEST_HEX_SIZE];
	size_t before = out->length;

	if (file_read(layout->images_fd, blob_path(path, hex), BLOB_DOCUMENT_LIMIT, out, err) < 0)
		return error_wrap(err, "blob sha256:%.12s", hex);
	digest_hex(actual, strbuf_text(out) + before, out->length - before);
	if (strcmp(actual, hex) != 0)
		return error_set(err, ERROR_INVALID,
				 "blob sha256:%s is damaged on disk: remove the image and load it "
				 "again",
				 hex);
	return 0;
}

int blob_remove(const struct layout *layout, const char *hex, struct error *err)
{
	char path[PATH_SIZE];

	if (unlinkat(layout->images_fd, blob_path(path, hex), 0) < 0 && errno != ENOENT)
		return error_errno(err, "cannot remove blob sha256:%.12s", hex);
	return 0;
}
