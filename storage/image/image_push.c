/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/image_push.c - image_push of storage/image/image.h.
 *
 * Config and layers first, a few at a time; what the registry has, or can take from a repository of
 * its own that this image (or another one with the same layers) came from, is not sent. The
 * manifest goes last, byte for byte as it is stored.
 */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "registry/registry.h"
#include "storage/image/blob.h"
#include "storage/image/image_event.h"
#include "storage/image/image_private.h"
#include "storage/image/layer_snapshot.h"
#include "storage/reference.h"

#define MOST_SENDS 4

struct send {
	const struct descriptor *descriptor;
	int fd;
	int transfer; /* -1: not under way */
};

struct push {
	const struct layout *layout;
	const struct image_push *request;
	const char *full, *repository, *tag;
	char hex[DIGEST_HEX_SIZE]; /* of the manifest */
	struct strbuf document;
	struct manifest manifest;
	const char *media_type, *mount_from;
	struct registry *registry;
	struct send *sends; /* layers from the bottom, then the config; each blob once */
	size_t count, active;
	struct arena *arena;
};

static void tell(const struct push *push, const struct send *send, enum image_step_kind kind,
		 int64_t done)
{
	struct image_step step = {.kind = kind,
				  .blob = send->descriptor->hex,
				  .done = done,
				  .total = send->descriptor->size,
				  .is_config = send->descriptor == &push->manifest.config};

	if (push->request->progress)
		push->request->progress(&step, push->request->data);
}

static void tell_repetition(const struct push *push, const struct send *send, const char *why)
{
	struct image_step step = {
		.kind = IMAGE_STEP_RETRYING, .blob = send->descriptor->hex, .why = why};

	if (push->request->progress)
		push->request->progress(&step, push->request->data);
}

/* Length of "host:port" in a full name. */
static size_t registry_length(const char *full)
{
	return strcspn(full, "/");
}

static int parse_document(struct push *push, struct error *err)
{
	auto_json json *document = json_parse(strbuf_text(&push->document), push->document.length,
					      "the manifest", err);

	if (!document || manifest_parse(document, &push->manifest, push->arena, err) < 0)
		return -1;
	/* Documents without one are OCI's: Docker's always have it. */
	push->media_type = arena_string(push->arena,
					json_string(document, "mediaType", MANIFEST_TYPE_MANIFEST));
	return 0;
}

static void add_send(struct push *push, struct map *known, const struct descriptor *descriptor)
{
	if (map_has(known, descriptor->hex))
		return;
	map_set(known, descriptor->hex, push);
	push->sends[push->count++] =
		(struct send){.descriptor = descriptor, .fd = -1, .transfer = -1};
}

static void list_sends(struct push *push)
{
	auto_map struct map known = {0};

	push->sends =
		arena_array(push->arena, push->manifest.layer_count + 1, sizeof(*push->sends));
	for (size_t i = 0; i < push->manifest.layer_count; i++)
		add_send(push, &known, push->manifest.layers + i);
	add_send(push, &known, &push->manifest.config);
}

/* Held open from here on: a removal cannot take it away. Missing ones may be in the registry. */
static int hold_blobs(struct push *push, struct error *err)
{
	for (size_t i = 0; i < push->count; i++) {
		const struct descriptor *descriptor = push->sends[i].descriptor;
		struct error reason = {0};
		int64_t size;

		push->sends[i].fd = blob_open(push->layout, descriptor->hex, &size, &reason);
		if (push->sends[i].fd < 0 && reason.code != ERROR_NOT_FOUND)
			return error_pass(err, &reason);
		if (push->sends[i].fd >= 0 && size != descriptor->size)
			return error_set(err, ERROR_INVALID,
					 "blob sha256:%s is damaged on disk: remove the image and "
					 "pull or load it again",
					 descriptor->hex);
	}
	return 0;
}

/* How many of our blobs another image has that came from a registry. */
static size_t count_shared(const struct push *push, const json *entry)
{
	auto_arena struct arena scratch = {0};
	struct manifest manifest;
	struct image image;
	size_t shared = 0;

	if (image_store_read(push->layout, entry, &image, &manifest, &scratch, NULL) < 0)
		return 0;
	for (size_t i = 0; i < manifest.layer_count; i++)
		for (size_t j = 0; j < push->manifest.layer_count; j++)
			shared += strcmp(manifest.layers[i].hex, push->manifest.layers[j].hex) == 0;
	return shared;
}

/* The repository of the same registry that has most of it. */
static void choose_mount(struct push *push, const struct image_index *index)
{
	size_t host = registry_length(push->full) + 1, best = 0;

	for (size_t i = 0; i < image_index_count(index); i++) {
		json *entry = image_index_at(index, i);
		const char *name = image_index_name(entry);
		struct image_origin origin;
		size_t length, shared;

		if (!name || !image_index_origin(entry, &origin) ||
		    strncmp(name, push->full, host) != 0)
			continue;
		length = reference_repository_length(name);
		if (length == strlen(push->repository) &&
		    strncmp(name, push->repository, length) == 0)
			continue;
		shared = count_shared(push, entry);
		if (shared <= best)
			continue;
		best = shared;
		push->mount_from = arena_string_n(push->arena, name + host, length - host);
	}
}

static int find_image(struct push *push, struct error *err)
{
	auto_image_index struct image_index index = {.lock_fd = -1};
	json *entry;

	if (image_index_open(&index, push->layout, false, err) < 0)
		return -1;
	entry = image_index_find_name(&index, push->full);
	if (!entry || !image_index_digest(entry, push->hex))
		return error_set(err, ERROR_NOT_FOUND,
				 "there is no image of this name here: give it one with 'coracle "
				 "image tag'");
	if (blob_read(push->layout, push->hex, &push->document, err) < 0 ||
	    parse_document(push, err) < 0)
		return -1;
	list_sends(push);
	choose_mount(push, &index);
	return hold_blobs(push, err);
}

static struct send *find_transfer(struct push *push, int transfer)
{
	for (size_t i = 0; i < push->count; i++)
		if (push->sends[i].transfer >= 0 && push->sends[i].transfer == transfer)
			return push->sends + i;
	return NULL;
}

static int wait_for_event(struct push *push, struct error *err)
{
	struct registry_event event;
	struct send *send;

	if (registry_next(push->registry, &event, err) < 0)
		return -1;
	send = find_transfer(push, event.transfer);
	if (!send)
		return 0;
	if (event.kind == REGISTRY_PROGRESS && event.err) {
		tell_repetition(push, send, event.err->text);
		return 0;
	}
	if (event.kind == REGISTRY_PROGRESS) {
		tell(push, send, IMAGE_STEP_MOVING, event.bytes);
		return 0;
	}
	if (event.kind == REGISTRY_FAILED) {
		error_pass(err, event.err);
		return error_wrap(err, "blob sha256:%.12s", send->descriptor->hex);
	}
	send->transfer = -1;
	push->active--;
	tell(push, send, IMAGE_STEP_DONE, send->descriptor->size);
	return 0;
}

/* The layer of a build step, whose blob was pruned, can be compressed again. */
static int make_blob(const struct push *push, struct send *send, struct error *err)
{
	auto_json json *entry = json_new_object();
	auto_arena struct arena scratch = {0};
	struct manifest manifest;
	struct image image;
	char digest[80];
	int64_t size;

	snprintf(digest, sizeof(digest), "sha256:%s", push->hex);
	json_set_string(entry, "digest", digest);
	if (image_store_read(push->layout, entry, &image, &manifest, &scratch, err) < 0)
		return -1;
	for (size_t i = 0; i < manifest.layer_count && i < image.layer_count && send->fd < 0; i++)
		if (strcmp(manifest.layers[i].hex, send->descriptor->hex) == 0)
			send->fd = layer_snapshot_open_blob(push->layout, image.chain_ids[i],
							    manifest.layers[i].hex, &size, NULL);
	return 0;
}

static int begin_send(struct push *push, struct send *send, struct error *err)
{
	struct registry_blob blob = {.size = send->descriptor->size};

	memcpy(blob.hex, send->descriptor->hex, DIGEST_HEX_SIZE);
	if (send->fd < 0 && make_blob(push, send, err) < 0)
		return -1;
	blob.fd = send->fd;
	if (send->fd < 0)
		return error_set(err, ERROR_NOT_FOUND,
				 "the compressed layer sha256:%.12s is not here (it was pruned, or "
				 "the layer came with another image): 'coracle image pull --blobs' "
				 "fetches it",
				 blob.hex);
	send->transfer = registry_send_blob(push->registry, &blob, err);
	if (send->transfer < 0)
		return -1;
	push->active++;
	tell(push, send, IMAGE_STEP_MOVING, 0);
	return 0;
}

static int push_blob(struct push *push, struct send *send, struct error *err)
{
	const char *hex = send->descriptor->hex;
	int there = registry_has_blob(push->registry, hex, err);

	if (there < 0)
		return -1;
	if (there > 0) {
		tell(push, send, IMAGE_STEP_EXISTS, send->descriptor->size);
		return 0;
	}
	if (push->mount_from) {
		there = registry_mount_blob(push->registry, hex, err);
		if (there < 0)
			return -1;
		if (there > 0) {
			tell(push, send, IMAGE_STEP_MOUNTED, send->descriptor->size);
			return 0;
		}
	}
	while (push->active >= MOST_SENDS)
		if (wait_for_event(push, err) < 0)
			return -1;
	return begin_send(push, send, err);
}

static int push_blobs(struct push *push, struct error *err)
{
	for (size_t i = 0; i < push->count; i++)
		tell(push, push->sends + i, IMAGE_STEP_PENDING, 0);
	for (size_t i = 0; i < push->count; i++)
		if (push_blob(push, push->sends + i, err) < 0)
			return -1;
	while (push->active > 0)
		if (wait_for_event(push, err) < 0)
			return -1;
	return 0;
}

/* From now on the registry has the image under this name: later pushes can mount from there. */
static void note_origin(const struct push *push)
{
	auto_image_index struct image_index index = {.lock_fd = -1};
	struct image_origin origin = {.checked = time(NULL)};
	char hex[DIGEST_HEX_SIZE];
	json *entry;

	memcpy(origin.hex, push->hex, DIGEST_HEX_SIZE);
	if (image_index_open(&index, push->layout, true, NULL) < 0)
		return;
	entry = image_index_find_name(&index, push->full);
	if (!entry || !image_index_digest(entry, hex) || strcmp(hex, push->hex) != 0)
		return;
	image_index_set_origin(entry, &origin);
	image_index_save(&index, NULL);
}

static int run(struct push *push, struct error *err)
{
	struct registry_options options = {
		.transport = push->request->transport,
		.repository = push->repository,
		.access = REGISTRY_PUSH,
	};

	if (find_image(push, err) < 0)
		return -1;
	options.mount_from = push->mount_from;
	if (registry_open(&push->registry, &options, err) < 0 || push_blobs(push, err) < 0 ||
	    registry_put_manifest(push->registry, push->tag, push->media_type,
				  strbuf_text(&push->document), push->document.length, err) < 0)
		return -1;
	note_origin(push);
	return 0;
}

static void release(struct push *push)
{
	registry_close(push->registry);
	for (size_t i = 0; i < push->count; i++)
		cleanup_close(&push->sends[i].fd);
	strbuf_release(&push->document);
}

int image_push(const struct layout *layout, const struct image_push *request,
	       struct image_pushed *pushed, struct arena *arena, struct error *err)
{
	auto_free char *full = reference_normalize(request->reference, err);
	struct push push = {.layout = layout, .request = request, .arena = arena};
	size_t length;
	int result;

	if (!full)
		return -1;
	if (strchr(full, '@'))
		return error_set(err, ERROR_INVALID, "cannot push '%s': a tag names what is pushed",
				 request->reference);
	length = reference_repository_length(full);
	push.full = arena_string(arena, full);
	push.repository = arena_string_n(arena, full, length);
	push.tag = push.full + length + 1;
	result = run(&push, err);
	*pushed = (struct image_pushed){
		.name = push.full,
		.digest = arena_format(arena, "sha256:%s", push.hex),
		.size = (int64_t)push.document.length,
	};
	release(&push);
	if (result < 0)
		return error_wrap(err, "cannot push '%s'", request->reference);
	image_event_transfer(layout, "push", push.full);
	return 0;
}
