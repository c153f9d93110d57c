/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/bundle/bundle_read.c - the reading half of storage/bundle/bundle.h.
 *
 * bundle.json is believed as far as its signature or its reader's trust goes; whatever comes behind
 * it must be exactly what it says: these files in this order, of this size and digest, no links, no
 * devices, nothing more. An archive that is changed meanwhile is one that differs.
 */
#include "storage/bundle/bundle_private.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "storage/archive/compress.h"
#include "storage/archive/tarball.h"
#include "storage/bundle/signature.h"
#include "storage/image/image.h"
#include "storage/reference.h"
#include "storage/staging.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ------------------------------------------------------------------ entries */

struct reading {
	struct compress_reader *compress;
	struct tarball_reader tar;
	struct tarball_entry entry;
	const struct bundle *told; /* whose tick is told of what is read; NULL */
};

static void reading_close(struct reading *reading)
{
	tarball_close(&reading->tar);
	if (reading->compress)
		compress_close(reading->compress);
	reading->compress = NULL;
}
#define auto_reading __attribute__((cleanup(reading_close)))

static ssize_t pull(void *data, const void **chunk, struct error *err)
{
	return compress_read(data, chunk, err);
}

static int open_archive(struct reading *reading, int fd, struct error *err)
{
	if (lseek(fd, 0, SEEK_SET) < 0)
		return error_errno(err, "cannot read from its beginning");
	if (compress_open(&reading->compress, fd, err) < 0)
		return -1;
	return tarball_open(&reading->tar, pull, reading->compress, err);
}

/* 1: an entry of ours; 0: the images begin, or the archive ends. */
static int next_entry(struct reading *reading, struct error *err)
{
	const struct tarball_entry *entry = &reading->entry;
	int result = tarball_next(&reading->tar, &reading->entry, err);

	if (result <= 0 || strncmp(entry->path, BUNDLE_START, strlen(BUNDLE_START)) != 0)
		return result < 0 ? -1 : 0;
	if (entry->hardlink || (entry->type != S_IFREG && entry->type != S_IFDIR))
		return error_set(err, ERROR_INVALID, "'%.300s' is neither a file nor a folder",
				 entry->path);
	return 1;
}

/* Passes on at most @most bytes. */
static int copy_content(struct reading *reading, int64_t most, struct digest *hash, int fd,
			struct strbuf *out, struct error *err)
{
	int64_t offset, at = 0;
	const void *chunk;
	ssize_t n;

	while ((n = tarball_data(&reading->tar, &chunk, &offset, err)) > 0) {
		if (offset != at || at + n > most)
			return error_set(err, ERROR_INVALID, "'%.300s' is larger than it may be",
					 reading->entry.path);
		digest_add(hash, chunk, (size_t)n);
		if (reading->told && reading->told->tick)
			reading->told->tick(reading->told->data);
		if (out)
			strbuf_add_n(out, chunk, (size_t)n);
		else if (file_write_all(fd, chunk, (size_t)n, err) < 0)
			return -1;
		at += n;
	}
	return n < 0 ? -1 : 0;
}

static int read_text(struct reading *reading, size_t most, char hex[DIGEST_HEX_SIZE],
		     struct strbuf *out, struct error *err)
{
	struct digest hash;

	digest_init(&hash);
	if (copy_content(reading, (int64_t)most, &hash, -1, out, err) < 0)
		return -1;
	digest_finish(&hash, hex);
	return 0;
}

/* ------------------------------------------------------------------ bundle.json */

static bool is_clean_path(const char *path)
{
	auto_free char *clean = path_clean(path);

	return *path && *path != '/' && strcmp(clean, path) == 0 && strcmp(clean, ".") != 0 &&
	       strcmp(clean, "..") != 0 && strncmp(clean, "../", 3) != 0;
}

static int read_hex(char hex[DIGEST_HEX_SIZE], const json *item, struct error *err)
{
	const char *text = json_string(item, "sha256", "");

	if (strlen(text) != 64 || !reference_is_hex(text, 64))
		return error_set(err, ERROR_INVALID, "'%.100s' is no digest", text);
	memcpy(hex, text, DIGEST_HEX_SIZE);
	return 0;
}

static int read_file(struct bundle_file *file, const json *item, struct arena *arena,
		     struct error *err)
{
	int64_t mode = json_int(item, "mode", -1);

	*file = (struct bundle_file){
		.path = arena_string(arena, json_string(item, "path", "")),
		.mode = (mode_t)mode,
		.is_folder = json_flag(item, "folder", false),
		.size = json_int(item, "size", 0),
	};
	if (!is_clean_path(file->path))
		return error_set(err, ERROR_INVALID, "'%.300s' is no path within a project",
				 file->path);
	if (mode < 0 || mode > 0777 || file->size < 0 || file->size > BUNDLE_MOST_BYTES)
		return error_set(err, ERROR_INVALID, "'%.300s' has a mode or size that cannot be",
				 file->path);
	return file->is_folder ? 0 : read_hex(file->hex, item, err);
}

static int read_files(struct bundle *bundle, const json *list, struct arena *arena,
		      struct error *err)
{
	struct digest hash;
	int64_t total = 0;

	bundle->count = json_length(list);
	if (bundle->count == 0 || bundle->count > BUNDLE_MOST_FILES)
		return error_set(err, ERROR_INVALID, "it has no files, or more than %zu",
				 BUNDLE_MOST_FILES);
	bundle->files = arena_array(arena, bundle->count, sizeof(*bundle->files));
	digest_init(&hash);
	for (size_t i = 0; i < bundle->count; i++) {
		struct bundle_file *file = &bundle->files[i];
		char about[DIGEST_HEX_SIZE + 16];

		if (read_file(file, json_at(list, i), arena, err) < 0)
			return -1;
		total += file->size;
		/* With the end of the text, which no path has in it: other files, other bytes. */
		digest_add(&hash, file->path, strlen(file->path) + 1);
		snprintf(about, sizeof(about), "%o %s", (unsigned)file->mode, file->hex);
		digest_add(&hash, about, strlen(about) + 1);
	}
	digest_finish(&hash, bundle->files_hex);
	if (total > BUNDLE_MOST_BYTES)
		return error_set(err, ERROR_INVALID, "its files have more than %lld bytes",
				 (long long)BUNDLE_MOST_BYTES);
	if (strcmp(bundle->files[0].path, BUNDLE_COMPOSE) != 0 || bundle->files[0].is_folder)
		return error_set(err, ERROR_INVALID, "its first file is not " BUNDLE_COMPOSE);
	return 0;
}

static int read_documents(struct bundle *bundle, const json *list, struct arena *arena,
			  struct error *err)
{
	struct image_document *documents =
		arena_array(arena, json_length(list) + 1, sizeof(*documents));

	bundle->documents = documents;
	bundle->document_count = json_length(list);
	for (size_t i = 0; i < bundle->document_count; i++) {
		documents[i].name = arena_string(arena, json_string(json_at(list, i), "path", ""));
		if (read_hex(documents[i].hex, json_at(list, i), err) < 0)
			return -1;
	}
	/* Each of them leads to images. */
	return bundle->document_count == 3
		       ? 0
		       : error_set(err, ERROR_INVALID, "it does not name the images' documents");
}

static void read_images(struct bundle *bundle, const json *list, struct arena *arena)
{
	size_t count = json_length(list);

	bundle->images = arena_array(arena, count + 1, sizeof(*bundle->images));
	bundle->digests = arena_array(arena, count + 1, sizeof(*bundle->digests));
	for (size_t i = 0; i < count; i++) {
		const json *item = json_at(list, i);

		bundle->images[i] = arena_string(arena, json_string(item, "name", ""));
		bundle->digests[i] = arena_string(arena, json_string(item, "digest", ""));
	}
}

int bundle_parse(struct bundle *bundle, const struct strbuf *text, struct arena *arena,
		 struct error *err)
{
	auto_json json *document = json_parse(text->text, text->length, BUNDLE_JSON, err);

	if (!document)
		return -1;
	if (json_int(document, "bundle", 0) != BUNDLE_VERSION)
		return error_set(err, ERROR_UNSUPPORTED,
				 "it is a bundle of another version than %d: use a newer coracle",
				 BUNDLE_VERSION);
	bundle->project = arena_string(arena, json_string(document, "project", ""));
	if (!path_is_name(bundle->project))
		return error_set(err, ERROR_INVALID, "'%.100s' is no name of a project",
				 bundle->project);
	read_images(bundle, json_get(document, "images"), arena);
	if (read_files(bundle, json_get(document, "files"), arena, err) < 0)
		return -1;
	return read_documents(bundle, json_get(document, "documents"), arena, err);
}

/* ------------------------------------------------------------------ open */

/* @signature is what stands behind bundle.json, of any length. */
static int check_signature(const struct strbuf *text, const struct strbuf *signature,
			   const char *key, struct error *err)
{
	uint8_t public_key[SIGNATURE_KEY_SIZE];

	if (!key)
		return 0;
	if (signature_load_public(public_key, key, err) < 0)
		return -1;
	if (signature->length == 0)
		return error_set(err, ERROR_DENIED, "it is not signed, and '%s' is asked for", key);
	if (signature->length != SIGNATURE_SIZE ||
	    !signature_is_good((const uint8_t *)signature->text, public_key, text->text,
			       text->length))
		return error_set(err, ERROR_DENIED, "its signature is not by the key '%s'", key);
	return 0;
}

static bool is_entry(const struct reading *reading, const char *name)
{
	return reading->entry.type == S_IFREG && strcmp(reading->entry.path, name) == 0;
}

static int read_compose(struct bundle *bundle, struct reading *reading, struct arena *arena,
			struct error *err)
{
	const struct bundle_file *file = &bundle->files[0];
	auto_strbuf struct strbuf text = {0};
	char hex[DIGEST_HEX_SIZE];

	if (!is_entry(reading, BUNDLE_PROJECT BUNDLE_COMPOSE))
		return error_set(err, ERROR_INVALID, BUNDLE_COMPOSE " is missing");
	if (read_text(reading, BUNDLE_MOST_JSON, hex, &text, err) < 0)
		return -1;
	if (strcmp(hex, file->hex) != 0)
		return error_set(err, ERROR_INVALID, BUNDLE_COMPOSE " is not as it was bundled");
	bundle->compose = arena_string_n(arena, strbuf_text(&text), text.length);
	return 0;
}

static int read_head(struct bundle *bundle, struct reading *reading, const char *key,
		     struct arena *arena, struct error *err)
{
	auto_strbuf struct strbuf text = {0}, signature = {0};
	char ignored[DIGEST_HEX_SIZE];
	int result;

	if (read_text(reading, BUNDLE_MOST_JSON, bundle->hex, &text, err) < 0)
		return -1;
	result = next_entry(reading, err);
	if (result > 0 && is_entry(reading, BUNDLE_SIGNATURE)) {
		if (read_text(reading, SIGNATURE_SIZE, ignored, &signature, err) < 0)
			return -1;
		result = next_entry(reading, err);
	}
	if (result < 0 || check_signature(&text, &signature, key, err) < 0 ||
	    bundle_parse(bundle, &text, arena, err) < 0)
		return -1;
	if (result == 0)
		return error_set(err, ERROR_INVALID, BUNDLE_COMPOSE " is missing");
	return read_compose(bundle, reading, arena, err);
}

int bundle_open(struct bundle *bundle, int fd, const char *key, struct arena *arena,
		struct error *err)
{
	auto_reading struct reading reading = {0};
	struct error ignored = {0};

	*bundle = (struct bundle){.fd = fd};
	/* What cannot be read as one is for others to judge. */
	if (open_archive(&reading, fd, &ignored) < 0 || next_entry(&reading, &ignored) <= 0 ||
	    !is_entry(&reading, BUNDLE_JSON))
		return 0;
	return read_head(bundle, &reading, key, arena, err) < 0 ? -1 : 1;
}

/* ------------------------------------------------------------------ unpack */

char *bundle_place_path(const char *project, const char *hex)
{
	return alloc_format("bundles/%s/%s", project, hex);
}

const char *bundle_place(const struct bundle *bundle, const char *root, struct arena *arena)
{
	auto_free char *place = bundle_place_path(bundle->project, bundle->files_hex);

	return arena_format(arena, "%s/%s", root, place);
}

static int make_parent(int folder_fd, const char *path, struct error *err)
{
	auto_free char *parent = path_directory(path);

	return strcmp(parent, ".") == 0 ? 0 : file_make_directories(folder_fd, parent, 0755, err);
}

static int unpack_file(struct reading *reading, const struct bundle_file *file, int folder_fd,
		       struct error *err)
{
	char hex[DIGEST_HEX_SIZE];
	struct digest hash;
	auto_close int fd = -1;

	if (make_parent(folder_fd, file->path, err) < 0)
		return -1;
	fd = openat(folder_fd, file->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return error_errno(err, "cannot make '%.300s'", file->path);
	digest_init(&hash);
	if (copy_content(reading, file->size, &hash, fd, NULL, err) < 0)
		return -1;
	digest_finish(&hash, hex);
	if (strcmp(hex, file->hex) != 0)
		return error_set(err, ERROR_INVALID, "'%.300s' is not as it was bundled",
				 file->path);
	if (fchmod(fd, file->mode) < 0)
		return error_errno(err, "cannot set the mode of '%.300s'", file->path);
	return 0;
}

static int unpack_entry(struct reading *reading, const struct bundle_file *file, int folder_fd,
			struct error *err)
{
	const char *path = reading->entry.path + strlen(BUNDLE_PROJECT);
	size_t length = strlen(path);

	while (length && path[length - 1] == '/')
		length--;
	if (strncmp(reading->entry.path, BUNDLE_PROJECT, strlen(BUNDLE_PROJECT)) != 0 ||
	    strlen(file->path) != length || strncmp(path, file->path, length) != 0 ||
	    file->is_folder != (reading->entry.type == S_IFDIR))
		return error_set(err, ERROR_INVALID, "'%.300s' stands where '%.300s' has to be",
				 reading->entry.path, file->path);
	if (!file->is_folder)
		return unpack_file(reading, file, folder_fd, err);
	return file_make_directories(folder_fd, file->path, 0755, err);
}

/* So that it is known later what was unpacked, and what others have made of it. */
static int write_description(int folder_fd, const struct strbuf *text, struct error *err)
{
	auto_close int fd =
		openat(folder_fd, BUNDLE_KEPT, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return error_errno(err, "cannot make '" BUNDLE_KEPT "'");
	return file_write_all(fd, text->text, text->length, err);
}

static int unpack_all(const struct bundle *bundle, struct reading *reading, int folder_fd,
		      struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	char hex[DIGEST_HEX_SIZE];
	size_t i = 0;
	int result = next_entry(reading, err);

	if (result < 0)
		return -1;
	if (result == 0 || !is_entry(reading, BUNDLE_JSON) ||
	    read_text(reading, BUNDLE_MOST_JSON, hex, &text, err) < 0 ||
	    strcmp(hex, bundle->hex) != 0)
		return error_set(err, ERROR_INVALID, "it has changed while it was read");
	if (write_description(folder_fd, &text, err) < 0)
		return -1;
	while ((result = next_entry(reading, err)) > 0) {
		if (i == 0 && is_entry(reading, BUNDLE_SIGNATURE))
			continue;
		if (i == bundle->count)
			return error_set(err, ERROR_INVALID, "'%.300s' is one file too many",
					 reading->entry.path);
		if (unpack_entry(reading, &bundle->files[i++], folder_fd, err) < 0)
			return -1;
	}
	if (result == 0 && i < bundle->count)
		return error_set(err, ERROR_INVALID, "'%.300s' is missing", bundle->files[i].path);
	return result;
}

/* Folders last: one that nobody may write into is filled then. */
static int set_folder_modes(const struct bundle *bundle, int folder_fd, struct error *err)
{
	for (size_t i = bundle->count; i-- > 0;)
		if (bundle->files[i].is_folder &&
		    fchmodat(folder_fd, bundle->files[i].path, bundle->files[i].mode, 0) < 0)
			return error_errno(err, "cannot set the mode of '%.300s'",
					   bundle->files[i].path);
	return 0;
}

/* Who removes the last bundle of a project may take its folder away, too. Where another command has
 * unpacked the same meanwhile, ours goes with the staging directory. */
static int move_in(const struct layout *layout, const struct staging *staging, const char *place,
		   struct error *err)
{
	auto_free char *parent = path_directory(place);

	for (int attempt = 0; attempt < 10; attempt++) {
		if (file_make_directories(layout->root_fd, parent, 0700, err) < 0)
			return -1;
		if (renameat(staging->fd, "bundle", layout->root_fd, place) == 0)
			return 1;
		if (errno == EEXIST || errno == ENOTEMPTY)
			return 0;
		if (errno != ENOENT)
			break;
	}
	return error_errno(err, "cannot rename to '%s'", place);
}

int bundle_unpack(const struct bundle *bundle, const struct layout *layout, struct error *err)
{
	auto_free char *place = bundle_place_path(bundle->project, bundle->files_hex);
	auto_staging struct staging staging = STAGING_CLOSED;
	auto_reading struct reading reading = {.told = bundle};
	auto_close int folder_fd = -1;

	if (faccessat(layout->root_fd, place, F_OK, 0) == 0)
		return 0;
	if (staging_open(&staging, layout, err) < 0 ||
	    file_make_directories(staging.fd, "bundle", 0755, err) < 0)
		return -1;
	folder_fd = openat(staging.fd, "bundle", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder_fd < 0)
		return error_errno(err, "cannot open a folder in staging");
	if (open_archive(&reading, bundle->fd, err) < 0 ||
	    unpack_all(bundle, &reading, folder_fd, err) < 0 ||
	    set_folder_modes(bundle, folder_fd, err) < 0)
		return -1;
	if (syncfs(folder_fd) < 0)
		return error_errno(err, "cannot sync '%s'", layout->root);
	return move_in(layout, &staging, place, err);
}

/* ------------------------------------------------------------------ images */

bool bundle_has_images(const struct bundle *bundle, const struct layout *layout)
{
	for (size_t i = 0; bundle->images[i]; i++) {
		auto_arena struct arena arena = {0};
		struct image image;

		if (image_find(layout, bundle->images[i], &image, &arena, NULL) < 0 ||
		    strcmp(image.digest, bundle->digests[i]) != 0)
			return false;
	}
	return true;
}

void bundle_expect(const struct bundle *bundle, struct image_load *load)
{
	load->expected = bundle->documents;
	load->expected_count = bundle->document_count;
}
