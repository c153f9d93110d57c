/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/build_cache/build_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "registry/registry.h"
#include "storage/image/blob.h"
#include "storage/reference.h"

#define BUFFER_SIZE ((size_t)256 << 10)

static int open_directory(struct build_place *place, const struct build_place_wish *wish,
			  struct error *err)
{
	if (wish->is_written && file_make_directories(AT_FDCWD, wish->where, 0755, err) < 0)
		return -1;
	place->fd = open(wish->where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place->fd < 0 && errno == ENOENT)
		return error_set(err, ERROR_NOT_FOUND, "there is no directory '%s'", wish->where);
	return place->fd < 0 ? error_errno(err, "cannot open '%s'", wish->where) : 0;
}

static int open_registry(struct build_place *place, const struct build_place_wish *wish,
			 struct error *err)
{
	auto_free char *full = reference_normalize(wish->where, err);
	auto_free char *repository = NULL;
	struct registry_options options = {
		.transport = wish->transport,
		.access = wish->is_written ? REGISTRY_PUSH : REGISTRY_PULL,
	};
	size_t length;

	if (!full)
		return -1;
	length = reference_repository_length(full);
	repository = alloc_string_n(full, length);
	/* Of a name with tag and digest the digest counts. */
	place->tag = alloc_string(strchr(full, '@') ? strchr(full, '@') + 1 : full + length + 1);
	options.repository = repository;
	return registry_open(&place->registry, &options, err);
}

int build_place_open(struct build_place *place, const struct build_place_wish *wish,
		     struct error *err)
{
	*place = (struct build_place)BUILD_PLACE_CLOSED;
	if (!wish->where)
		return error_set(err, ERROR_INVALID, "it does not say where");
	if (strcmp(wish->type, "local") == 0)
		return open_directory(place, wish, err);
	if (strcmp(wish->type, "registry") == 0)
		return open_registry(place, wish, err);
	return error_set(err, ERROR_INVALID,
			 "'%.80s' is no kind of cache: there are local, registry and inline",
			 wish->type);
}

void build_place_close(struct build_place *place)
{
	cleanup_close(&place->fd);
	place->fd = -1;
	registry_close(place->registry);
	place->registry = NULL;
	free(take_ptr(place->tag));
}

static void blob_path(char path[96], const char *hex)
{
	snprintf(path, 96, "blobs/sha256/%.64s", hex);
}

/* ---- bytes -------------------------------------------------------------------------------------
 */

/* All of a file, hashed on the way. */
static int copy(int from, int to, char hex[DIGEST_HEX_SIZE], struct error *err)
{
	auto_free char *buffer = alloc_bytes(BUFFER_SIZE);
	struct digest hash;
	off_t at = 0;
	ssize_t n;

	digest_init(&hash);
	while ((n = pread(from, buffer, BUFFER_SIZE, at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "cannot read it");
		digest_add(&hash, buffer, (size_t)n);
		if (to >= 0 && file_write_all(to, buffer, (size_t)n, err) < 0)
			return -1;
		at += n;
	}
	digest_finish(&hash, hex);
	return 0;
}

static int check(const char *actual, const char *hex, struct error *err)
{
	if (strcmp(actual, hex) == 0)
		return 0;
	return error_set(err, ERROR_INVALID, "its content is sha256:%.12s", actual);
}

/* Until the one transfer that is under way has ended. */
static int wait_for(struct registry *registry, int transfer, struct error *err)
{
	struct registry_event event;

	if (transfer < 0)
		return -1;
	for (;;) {
		if (registry_next(registry, &event, err) < 0)
			return -1;
		if (event.transfer != transfer || event.kind == REGISTRY_PROGRESS)
			continue;
		return event.kind == REGISTRY_FAILED ? error_pass(err, event.err) : 0;
	}
}

static int get_stored(struct build_place *place, const char *hex, int fd, struct error *err)
{
	char path[96], actual[DIGEST_HEX_SIZE];
	auto_close int from = -1;

	blob_path(path, hex);
	from = openat(place->fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (from < 0)
		return errno == ENOENT ? error_set(err, ERROR_NOT_FOUND, "it is not there")
				       : error_errno(err, "cannot open it");
	return copy(from, fd, actual, err) < 0 ? -1 : check(actual, hex, err);
}

static int fetch(struct build_place *place, const struct descriptor *descriptor, int fd,
		 struct error *err)
{
	struct registry_blob blob = {.size = descriptor->size, .fd = fd};
	char actual[DIGEST_HEX_SIZE];

	memcpy(blob.hex, descriptor->hex, DIGEST_HEX_SIZE);
	if (wait_for(place->registry, registry_fetch_blob(place->registry, &blob, err), err) < 0 ||
	    copy(fd, -1, actual, err) < 0)
		return -1;
	return check(actual, descriptor->hex, err);
}

int build_place_get_blob(struct build_place *place, const struct descriptor *descriptor, int fd,
			 struct error *err)
{
	int result = place->registry ? fetch(place, descriptor, fd, err)
				     : get_stored(place, descriptor->hex, fd, err);

	return result < 0 ? error_wrap(err, "blob sha256:%.12s", descriptor->hex) : 0;
}

/* ---- the manifest ------------------------------------------------------------------------------
 */

/* The last one: that is the one written last. */
static int get_stored_manifest(struct build_place *place, struct strbuf *text, struct error *err)
{
	auto_json json *index = json_load(place->fd, "index.json", err);
	json *list = json_get(index, "manifests");
	auto_arena struct arena arena = {0};
	struct descriptor descriptor;
	char path[96], actual[DIGEST_HEX_SIZE];

	if (!index) {
		if (err && err->code == ENOENT)
			err->code = ERROR_NOT_FOUND;
		return -1;
	}
	if (manifest_parse_descriptor(json_at(list, json_length(list) - 1), &descriptor, &arena,
				      err) < 0)
		return -1;
	blob_path(path, descriptor.hex);
	if (file_read(place->fd, path, BLOB_DOCUMENT_LIMIT, text, err) < 0)
		return -1;
	digest_hex(actual, strbuf_text(text), text->length);
	return check(actual, descriptor.hex, err);
}

int build_place_get_manifest(struct build_place *place, struct strbuf *text, struct error *err)
{
	struct registry_document document = {0};

	if (!place->registry)
		return get_stored_manifest(place, text, err);
	if (registry_get_manifest(place->registry, place->tag, &document, err) < 0)
		return -1;
	strbuf_add_n(text, document.bytes, document.length);
	registry_document_release(&document);
	return 0;
}

/* ---- writing -----------------------------------------------------------------------------------
 */

static int store(struct build_place *place, const char *hex, int fd, struct error *err)
{
	char path[96], part[128], actual[DIGEST_HEX_SIZE];
	auto_close int to = -1;

	blob_path(path, hex);
	if (faccessat(place->fd, path, F_OK, 0) == 0)
		return 0;
	if (file_make_directories(place->fd, "blobs/sha256", 0755, err) < 0)
		return -1;
	snprintf(part, sizeof(part), "%s.%d.tmp", path, getpid());
	to = openat(place->fd, part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (to < 0)
		return error_errno(err, "cannot create it");
	if (copy(fd, to, actual, err) < 0 || check(actual, hex, err) < 0) {
		unlinkat(place->fd, part, 0);
		return -1;
	}
	if (renameat(place->fd, part, place->fd, path) < 0)
		return error_errno(err, "cannot store it");
	return 0;
}

static int send(struct build_place *place, const struct descriptor *descriptor, int fd,
		struct error *err)
{
	struct registry_blob blob = {.size = descriptor->size, .fd = fd};
	int there = registry_has_blob(place->registry, descriptor->hex, err);

	if (there != 0)
		return there < 0 ? -1 : 0;
	memcpy(blob.hex, descriptor->hex, DIGEST_HEX_SIZE);
	return wait_for(place->registry, registry_send_blob(place->registry, &blob, err), err);
}

int build_place_put_blob(struct build_place *place, const struct descriptor *descriptor, int fd,
			 struct error *err)
{
	int result = place->registry ? send(place, descriptor, fd, err)
				     : store(place, descriptor->hex, fd, err);

	return result < 0 ? error_wrap(err, "blob sha256:%.12s", descriptor->hex) : 0;
}

static int put_stored_manifest(struct build_place *place, const struct strbuf *text,
			       struct error *err)
{
	static const char layout[] = "{\"imageLayoutVersion\":\"1.0.0\"}";
	auto_json json *index = json_new_object();
	json *list = json_new_array();
	char path[96], hex[DIGEST_HEX_SIZE];

	digest_hex(hex, text->text, text->length);
	blob_path(path, hex);
	json_set_int(index, "schemaVersion", 2);
	json_set_string(index, "mediaType", MANIFEST_TYPE_INDEX);
	json_add(list,
		 manifest_make_descriptor(MANIFEST_TYPE_MANIFEST, hex, (int64_t)text->length));
	json_set(index, "manifests", list);
	if (file_replace_volatile(place->fd, path, text->text, text->length, 0644, err) < 0 ||
	    file_replace_volatile(place->fd, "oci-layout", layout, strlen(layout), 0644, err) < 0)
		return -1;
	return json_save(place->fd, "index.json", index, 0644, err);
}

int build_place_put_manifest(struct build_place *place, const struct strbuf *text,
			     struct error *err)
{
	if (!place->registry)
		return put_stored_manifest(place, text, err);
	return registry_put_manifest(place->registry, place->tag, MANIFEST_TYPE_MANIFEST,
				     text->text, text->length, err);
}
