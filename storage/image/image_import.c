/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/image_import.c - image_import of storage/image/image_commit.h.
 *
 * What came compressed by gzip or zstd is kept as it came; a plain archive is compressed.
 */
#include "storage/image/image_commit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "storage/archive/compress.h"
#include "storage/image/image.h"
#include "storage/image/image_change.h"
#include "storage/image/image_event.h"
#include "storage/image/image_make.h"
#include "storage/image/manifest.h"

#define BUFFER_SIZE ((size_t)256 << 10)

static void tell(const struct image_import *request)
{
	if (request->progress)
		request->progress(request->data);
}

/* The whole stream into a staged file. */
static int spool(struct image_make *make, const struct image_import *request,
		 struct blob_file *file, struct error *err)
{
	auto_blob_writer struct blob_writer writer = {.fd = -1};
	auto_free char *buffer = alloc_bytes(BUFFER_SIZE);
	ssize_t n;

	if (blob_begin(&writer, &make->staging, file, err) < 0)
		return -1;
	while ((n = read(request->fd, buffer, BUFFER_SIZE)) != 0) {
		tell(request);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "cannot read it");
		if (blob_write(&writer, buffer, (size_t)n, err) < 0)
			return -1;
	}
	blob_finish(&writer);
	return 0;
}

/* Its digest is what the layer is known by. */
static int hash_plain(struct compress_reader *reader, char hex[DIGEST_HEX_SIZE], struct error *err)
{
	struct digest hash;
	const void *chunk;
	ssize_t n;

	digest_init(&hash);
	while ((n = compress_read(reader, &chunk, err)) > 0)
		digest_add(&hash, chunk, (size_t)n);
	digest_finish(&hash, hex);
	return n < 0 ? -1 : 0;
}

static int compress_plain(struct image_make *make, const struct image_import *request,
			  struct compress_reader *reader, struct error *err)
{
	struct image_make_writer writer;
	const void *chunk;
	ssize_t n;
	int result;

	if (image_make_open_layer(make, &writer, err) < 0)
		return -1;
	do {
		tell(request);
		n = compress_read(reader, &chunk, err);
		result = n > 0 ? image_make_write(&writer, chunk, (size_t)n, err) : (int)n;
	} while (n > 0 && result == 0);
	if (result == 0)
		result = image_make_close_layer(&writer, err);
	image_make_drop_layer(&writer);
	return result;
}

static int add_layer(struct image_make *make, const struct image_import *request, struct error *err)
{
	auto_compress struct compress_reader *reader = NULL;
	struct blob_file file;
	char diff_hex[DIGEST_HEX_SIZE];
	auto_close int staged = -1;
	bool is_zstd;

	if (spool(make, request, &file, err) < 0)
		return -1;
	staged = openat(make->staging.fd, file.name, O_RDONLY | O_CLOEXEC);
	if (staged < 0)
		return error_errno(err, "cannot read it again");
	if (compress_open(&reader, staged, err) < 0)
		return -1;
	if (compress_kind(reader) == COMPRESS_NONE)
		return compress_plain(make, request, reader, err);
	is_zstd = compress_kind(reader) == COMPRESS_ZSTD;
	if (hash_plain(reader, diff_hex, err) < 0)
		return -1;
	image_make_add_layer(make, &file,
			     is_zstd ? MANIFEST_TYPE_LAYER "+zstd" : MANIFEST_TYPE_LAYER "+gzip",
			     diff_hex);
	return 0;
}

/* "os[/architecture[/variant]]". */
static int start(struct image_make *make, const char *text, struct error *err)
{
	struct platform platform;
	char *os, *architecture, *variant;

	manifest_host_platform(&platform);
	if (!text) {
		image_make_scratch(make, platform.os, platform.architecture,
				   *platform.variant ? platform.variant : NULL);
		return 0;
	}
	os = arena_string(make->arena, text);
	architecture = strchr(os, '/');
	if (architecture)
		*architecture++ = '\0';
	variant = architecture ? strchr(architecture, '/') : NULL;
	if (variant)
		*variant++ = '\0';
	if (!*os || (architecture && !*architecture) ||
	    (variant && (!*variant || strchr(variant, '/'))))
		return error_set(err, ERROR_INVALID,
				 "platform '%s' is not os[/architecture[/variant]]", text);
	image_make_scratch(make, os, architecture ? architecture : platform.architecture, variant);
	return 0;
}

static int run(struct image_make *make, const struct image_import *request, char id[80],
	       struct error *err)
{
	auto_free char *comment = alloc_format("Imported from %s", request->source);
	struct image_make_note note = {
		.comment = request->message ? request->message : comment,
	};
	json *config;

	if (start(make, request->platform, err) < 0)
		return -1;
	config = json_get(make->document, "config");
	for (char *const *change = request->changes; change && *change; change++)
		if (image_change_apply(config, *change, err) < 0)
			return -1;
	if (add_layer(make, request, err) < 0)
		return error_wrap(err, "cannot import '%s'", request->source);
	image_make_add_history(make, &note);
	if (image_make_finish(make, id, err) < 0)
		return error_wrap(err, "cannot import '%s'", request->source);
	return 0;
}

int image_import(const struct layout *layout, const struct image_import *request, char id[80],
		 struct error *err)
{
	auto_arena struct arena arena = {0};
	auto_image_make struct image_make make = {0};

	if (image_make_begin(&make, layout, request->name, &arena, err) < 0 ||
	    run(&make, request, id, err) < 0)
		return -1;
	image_event_named(layout, id, make.name);
	image_event(layout, "import", id, NULL);
	return 0;
}
