/* SPDX-License-Identifier: Apache-2.0 */
/* storage/bundle/bundle_write.c - bundle_write of storage/bundle/bundle.h. */
#include "storage/bundle/bundle_private.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/file_output.h"
#include "base/json.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "storage/archive/tar_writer.h"
#include "storage/bundle/signature.h"
#include "storage/image/image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define BUFFER_SIZE ((size_t)64 << 10)

struct writing {
	const struct layout *layout;
	const struct bundle_write *request;
	struct arena arena;
	uint8_t key[SIGNATURE_KEY_SIZE];
};

/* ------------------------------------------------------------------ digests */

static int open_source(const struct bundle_file *file, int64_t *size, struct error *err)
{
	auto_close int fd = open(file->source, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return error_errno(err, "cannot open '%s'", file->source);
	if (!S_ISREG(status.st_mode))
		return error_set(err, ERROR_INVALID, "'%s' is no regular file", file->source);
	*size = status.st_size;
	return take_fd(&fd);
}

struct sink {
	struct digest *hash; /* these two may be NULL */
	struct tar_writer *tar;
	int fd; /* else to here; -1: nowhere */
};

static int pass(const struct sink *sink, const char *bytes, size_t length, struct error *err)
{
	if (sink->hash)
		digest_add(sink->hash, bytes, length);
	if (sink->tar)
		return tar_writer_data(sink->tar, bytes, length, err);
	return sink->fd < 0 ? 0 : file_write_all(sink->fd, bytes, length, err);
}

/* Passes the content on as it is now; ends early where it has become shorter. */
static int read_source(const struct bundle_file *file, const struct sink *sink, int64_t *size,
		       struct error *err)
{
	char buffer[BUFFER_SIZE];
	auto_close int fd = open_source(file, size, err);
	int64_t left = fd < 0 ? 0 : *size;

	while (left > 0) {
		size_t most = left < (int64_t)sizeof(buffer) ? (size_t)left : sizeof(buffer);
		ssize_t n = read(fd, buffer, most);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "cannot read '%s'", file->source);
		if (n == 0)
			break;
		if (pass(sink, buffer, (size_t)n, err) < 0)
			return -1;
		left -= n;
	}
	*size -= left;
	return fd < 0 ? -1 : 0;
}

static int measure(struct bundle_file *file, struct error *err)
{
	struct digest hash;

	if (file->is_folder)
		return 0;
	digest_init(&hash);
	if (file->text) {
		file->size = (int64_t)strlen(file->text);
		digest_add(&hash, file->text, strlen(file->text));
	} else if (read_source(file, &(struct sink){.hash = &hash, .fd = -1}, &file->size, err) <
		   0) {
		return -1;
	}
	digest_finish(&hash, file->hex);
	return 0;
}

/* ------------------------------------------------------------------ bundle.json */

static void add_files(json *document, const struct bundle_write *request)
{
	json *list = json_new_array();

	for (size_t i = 0; i < request->count; i++) {
		const struct bundle_file *file = &request->files[i];
		json *item = json_new_object();

		json_set_string(item, "path", file->path);
		json_set_int(item, "mode", file->mode);
		if (file->is_folder) {
			json_set_bool(item, "folder", true);
		} else {
			json_set_int(item, "size", file->size);
			json_set_string(item, "sha256", file->hex);
		}
		json_add(list, item);
	}
	json_set(document, "files", list);
}

static int add_images(json *document, struct writing *writing, struct error *err)
{
	json *list = json_new_array();

	json_set(document, "images", list);
	for (char *const *name = writing->request->images; *name; name++) {
		json *item = json_new_object();
		struct image image;

		json_add(list, item);
		if (image_find(writing->layout, *name, &image, &writing->arena, err) < 0)
			return -1;
		json_set_string(item, "name", *name);
		json_set_string(item, "digest", image.digest);
	}
	return 0;
}

static int format(struct writing *writing, const struct image_document *documents, size_t count,
		  struct strbuf *out, struct error *err)
{
	auto_json json *document = json_new_object();
	json *list = json_new_array();

	json_set_int(document, "bundle", BUNDLE_VERSION);
	json_set_string(document, "project", writing->request->project);
	add_files(document, writing->request);
	for (size_t i = 0; i < count; i++) {
		json *item = json_new_object();

		json_set_string(item, "path", documents[i].name);
		json_set_string(item, "sha256", documents[i].hex);
		json_add(list, item);
	}
	json_set(document, "documents", list);
	if (add_images(document, writing, err) < 0)
		return -1;
	json_print(out, document, true);
	return 0;
}

/* ------------------------------------------------------------------ the archive */

static int write_file(struct tar_writer *tar, const struct bundle_file *file, struct error *err)
{
	auto_strbuf struct strbuf path = {0};
	struct tar_writer_entry entry = {.mode = (file->is_folder ? S_IFDIR : S_IFREG) | file->mode,
					 .size = file->size};
	char hex[DIGEST_HEX_SIZE];
	struct digest hash;
	int64_t size;

	strbuf_printf(&path, "%s%s", BUNDLE_PROJECT, file->path);
	entry.path = strbuf_text(&path);
	if (tar_writer_begin(tar, &entry, err) < 0)
		return -1;
	if (file->is_folder)
		return 0;
	if (file->text)
		return tar_writer_data(tar, file->text, (size_t)file->size, err);
	digest_init(&hash);
	if (read_source(file, &(struct sink){&hash, tar, -1}, &size, err) < 0)
		return -1;
	digest_finish(&hash, hex);
	if (size != file->size || strcmp(hex, file->hex) != 0)
		return error_set(err, ERROR_BUSY, "'%s' has changed while it was read",
				 file->source);
	return 0;
}

static int begin(struct tar_writer *tar, const struct image_document *documents, size_t count,
		 void *data, struct error *err)
{
	struct writing *writing = data;
	auto_strbuf struct strbuf text = {0};
	uint8_t signature[SIGNATURE_SIZE];

	if (format(writing, documents, count, &text, err) < 0 ||
	    tar_writer_add_bytes(tar, BUNDLE_JSON, text.text, text.length, err) < 0)
		return -1;
	if (writing->request->key) {
		signature_make(signature, writing->key, text.text, text.length);
		if (tar_writer_add_bytes(tar, BUNDLE_SIGNATURE, signature, sizeof(signature), err) <
		    0)
			return -1;
	}
	for (size_t i = 0; i < writing->request->count; i++)
		if (write_file(tar, &writing->request->files[i], err) < 0)
			return -1;
	return 0;
}

int bundle_write(const struct layout *layout, const struct bundle_write *request, int fd,
		 struct error *err)
{
	struct writing writing = {.layout = layout, .request = request};
	const struct image_save_start start = {.begin = begin, .data = &writing};
	int result = 0;

	if (request->key && signature_load_private(writing.key, request->key, err) < 0)
		return -1;
	for (size_t i = 0; result == 0 && i < request->count; i++)
		result = measure(&request->files[i], err);
	if (result == 0)
		result = image_save_behind(layout, request->images, &start, fd, err);
	explicit_bzero(writing.key, sizeof(writing.key));
	arena_release(&writing.arena);
	return result;
}

/* ------------------------------------------------------------------ a folder */

static int put_file(const struct bundle_file *file, const char *path, struct error *err)
{
	auto_free char *parent = path_directory(path);
	auto_file_output struct file_output output = FILE_OUTPUT_CLOSED;
	int64_t size;

	if (file_make_directories(AT_FDCWD, parent, 0755, err) < 0)
		return -1;
	if (file->is_folder)
		return file_make_directories(AT_FDCWD, path, file->mode | 0700, err);
	if (file_output_open(&output, path, file->mode, err) < 0)
		return -1;
	if (file->text ? file_write_all(output.fd, file->text, (size_t)file->size, err) < 0
		       : read_source(file, &(struct sink){.fd = output.fd}, &size, err) < 0)
		return -1;
	return file_output_finish(&output, err);
}

int bundle_write_folder(const struct bundle_file *files, size_t count, const char *folder,
			struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		auto_free char *path = alloc_format("%s/%s", folder, files[i].path);

		if (put_file(&files[i], path, err) < 0)
			return -1;
	}
	/* Last: a folder that nobody may write into is filled then. */
	for (size_t i = count; i-- > 0;) {
		auto_free char *path = alloc_format("%s/%s", folder, files[i].path);

		if (chmod(path, files[i].mode) < 0)
			return error_errno(err, "cannot set the mode of '%s'", path);
	}
	return 0;
}
