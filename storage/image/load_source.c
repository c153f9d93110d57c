/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/load_source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "storage/archive/compress.h"
#include "storage/archive/tarball.h"
#include "storage/image/layer_path.h"
#include "storage/reference.h"

#define MOST_FILES  ((size_t)100000)
#define MOST_BYTES  ((int64_t)512 << 30)
#define MOST_LINKS  8
#define BUFFER_SIZE ((size_t)256 << 10)

static const char blob_prefix[] = "blobs/sha256/";

struct load_file {
	struct blob_file blob;
	const char *link; /* clean name of another file, or NULL */
};

void load_source_init(struct load_source *source, const struct staging *staging)
{
	*source = (struct load_source){.staging = staging, .directory_fd = -1};
}

void load_source_release(struct load_source *source)
{
	map_release(&source->files);
	arena_release(&source->arena);
	cleanup_close(&source->directory_fd);
	source->directory_fd = -1;
}

/* The digest that a name promises, or NULL. */
static const char *promised_digest(const char *name)
{
	size_t length = strlen(blob_prefix);

	if (strncmp(name, blob_prefix, length) != 0 || strlen(name + length) != 64 ||
	    !reference_is_hex(name + length, 64))
		return NULL;
	return name + length;
}

static int add_bytes(struct load_source *source, struct blob_writer *writer, const void *bytes,
		     size_t length, struct error *err)
{
	source->total += (int64_t)length;
	if (source->total > MOST_BYTES)
		return error_set(err, ERROR_INVALID, "the archive is larger than %jd bytes",
				 (intmax_t)MOST_BYTES);
	if (source->took)
		source->took(source->data);
	return blob_write(writer, bytes, length, err);
}

static int check_digest(const char *name, const struct blob_file *file, struct error *err)
{
	const char *hex = promised_digest(name);

	if (hex && strcmp(hex, file->hex) != 0)
		return error_set(err, ERROR_INVALID, "'%s' is damaged: its content is sha256:%s",
				 name, file->hex);
	return 0;
}

static int take_entry(struct load_source *source, struct tarball_reader *tar, const char *name,
		      struct load_file *file, struct error *err)
{
	auto_blob_writer struct blob_writer writer = {.fd = -1};
	const char *hex = promised_digest(name);
	int64_t at = 0, offset;
	const void *chunk;
	ssize_t n;

	if (hex && blob_stage_existing(source->staging, hex, &file->blob))
		return 0;
	if (blob_begin(&writer, source->staging, &file->blob, err) < 0)
		return -1;
	while ((n = tarball_data(tar, &chunk, &offset, err)) > 0) {
		if (offset != at)
			return error_set(err, ERROR_INVALID, "'%.300s' is a sparse file", name);
		if (add_bytes(source, &writer, chunk, (size_t)n, err) < 0)
			return -1;
		at += n;
	}
	if (n < 0)
		return -1;
	blob_finish(&writer);
	return check_digest(name, &file->blob, err);
}

/* Old archives of docker save share layers by links: "../ID/layer.tar". */
static int take_link(struct load_source *source, const char *name, const char *target,
		     bool is_relative, struct load_file *file, struct error *err)
{
	auto_free char *parent = alloc_string(name);
	char *slash = strrchr(parent, '/');
	auto_free char *joined = NULL;
	auto_free char *clean = NULL;

	*(slash ? slash : parent) = '\0';
	joined = alloc_format("%s/%s", is_relative && *target != '/' ? parent : "", target);
	clean = layer_path_clean(joined, err);
	if (!clean)
		return -1;
	file->link = arena_string(&source->arena, clean);
	return 0;
}

static int add_entry(struct load_source *source, struct tarball_reader *tar,
		     const struct tarball_entry *entry, struct error *err)
{
	auto_free char *name = layer_path_clean(entry->path, err);
	struct load_file *file;
	int result;

	if (!name)
		return -1;
	if (!entry->hardlink && entry->type != S_IFREG && entry->type != S_IFLNK)
		return 0;
	if (source->files.count >= MOST_FILES)
		return error_set(err, ERROR_INVALID, "the archive has more than %zu files",
				 MOST_FILES);
	file = arena_alloc(&source->arena, sizeof(*file));
	if (entry->hardlink)
		result = take_link(source, name, entry->hardlink, false, file, err);
	else if (entry->type == S_IFLNK)
		result = take_link(source, name, entry->symlink, true, file, err);
	else
		result = take_entry(source, tar, name, file, err);
	if (result < 0)
		return -1;
	map_set(&source->files, name, file);
	return 0;
}

static ssize_t pull(void *data, const void **chunk, struct error *err)
{
	return compress_read(data, chunk, err);
}

int load_source_read(struct load_source *source, int fd, struct error *err)
{
	auto_compress struct compress_reader *reader = NULL;
	auto_tarball struct tarball_reader tar = {0};
	struct tarball_entry entry;
	int result;

	if (compress_open(&reader, fd, err) < 0 || tarball_open(&tar, pull, reader, err) < 0)
		return -1;
	while ((result = tarball_next(&tar, &entry, err)) > 0)
		if (add_entry(source, &tar, &entry, err) < 0)
			return -1;
	return result < 0 ? -1 : tarball_drain(&tar, err); /* a pipe's writer must get rid of it */
}

int load_source_open_directory(struct load_source *source, const char *path, struct error *err)
{
	source->directory_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (source->directory_fd < 0)
		return error_errno(err, "cannot open the directory '%s'", path);
	return 0;
}

static int copy_file(struct load_source *source, int fd, struct load_file *file, struct error *err)
{
	auto_blob_writer struct blob_writer writer = {.fd = -1};
	auto_free char *buffer = alloc_bytes(BUFFER_SIZE);

	if (blob_begin(&writer, source->staging, &file->blob, err) < 0)
		return -1;
	for (;;) {
		ssize_t n = read(fd, buffer, BUFFER_SIZE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "cannot read");
		if (n == 0)
			break;
		if (add_bytes(source, &writer, buffer, (size_t)n, err) < 0)
			return -1;
	}
	blob_finish(&writer);
	return 0;
}

/* Takes a file of the directory over into staging. */
static int take_from_directory(struct load_source *source, const char *name, struct load_file **out,
			       struct error *err)
{
	const char *hex = promised_digest(name);
	struct load_file *file = arena_alloc(&source->arena, sizeof(*file));
	struct error problem = {0};
	auto_close int fd = -1;
	struct stat status;

	fd = path_open(source->directory_fd, name, PATH_BENEATH, O_RDONLY | O_NONBLOCK | O_NOCTTY,
		       &problem);
	if (fd < 0 && problem.code == ENOENT)
		return 0;
	if (fd < 0)
		return error_pass(err, &problem);
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return error_set(err, ERROR_INVALID, "'%s' is not a regular file", name);
	if (!hex || !blob_stage_existing(source->staging, hex, &file->blob)) {
		if (copy_file(source, fd, file, err) < 0 ||
		    check_digest(name, &file->blob, err) < 0)
			return error_wrap(err, "'%s'", name);
	}
	map_set(&source->files, name, file);
	*out = file;
	return 1;
}

int load_source_find(struct load_source *source, const char *name, struct blob_file **file,
		     struct error *err)
{
	auto_free char *clean = layer_path_clean(name, err);
	const char *at = clean;
	struct load_file *found = NULL;

	if (!clean)
		return -1;
	for (int links = 0; at && links <= MOST_LINKS; links++) {
		found = map_get(&source->files, at);
		at = found ? found->link : NULL;
	}
	if (at)
		return error_set(err, ERROR_INVALID, "'%.300s': too many links", name);
	if (!found && source->directory_fd >= 0) {
		int result = take_from_directory(source, clean, &found, err);

		if (result <= 0)
			return result;
	}
	*file = found ? &found->blob : NULL;
	return found != NULL;
}

int load_source_find_blob(struct load_source *source, const char *hex, struct blob_file **file,
			  struct error *err)
{
	char name[sizeof(blob_prefix) + 64];
	int result;

	snprintf(name, sizeof(name), "%s%.64s", blob_prefix, hex);
	result = load_source_find(source, name, file, err);
	/* A link under a blob's name may lead to something else. */
	if (result > 0 && strcmp((*file)->hex, hex) != 0)
		return error_set(err, ERROR_INVALID, "blob sha256:%s has another digest", hex);
	return result;
}

int load_source_read_document(struct load_source *source, const struct blob_file *file,
			      struct strbuf *out, struct error *err)
{
	return file_read(source->staging->fd, file->name, BLOB_DOCUMENT_LIMIT, out, err);
}
