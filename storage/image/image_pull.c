/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/image_pull.c - image_pull and image_ask_digest of storage/image/image.h.
 *
 * As image_load, with blobs that come from a registry while they are unpacked. Whatever has come of
 * an attempt that failed or was killed stays in ROOT/partial (storage/image/partial.h), ready to be
 * gone on from; nothing of it is visible. While the network is waited for, no lock of the store is
 * held but those of the layers that are being made: a collection may take away layers that were
 * there, and then they are made again.
 */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "registry/registry.h"
#include "storage/image/gc.h"
#include "storage/image/image_event.h"
#include "storage/image/image_private.h"
#include "storage/image/image_remote.h"
#include "storage/image/layer_store.h"
#include "storage/image/layer_transfer.h"
#include "storage/image/partial.h"
#include "storage/reference.h"
#include "storage/store_lock.h"

#define MOST_ROUNDS 4

struct pull {
	const struct layout *layout;
	const struct image_pull *request;
	const char *full, *repository, *reference; /* "docker.io/library/redis", "7" */
	const struct staging *staging;
	struct registry *registry;
	struct image_remote remote;
	struct layer_job *jobs;
	struct blob_file *layer_files;
	struct arena *arena;
};

/* "docker.io/library/redis:7" in two. */
static void split_name(const char *full, const char **repository, const char **reference,
		       struct arena *arena)
{
	size_t length = reference_repository_length(full);

	*repository = arena_string_n(arena, full, length);
	*reference = arena_string(arena, full + length + 1);
}

static int open_registry(struct registry **registry, const char *transport, const char *repository,
			 struct error *err)
{
	struct registry_options options = {
		.transport = transport,
		.repository = repository,
		.access = REGISTRY_PULL,
	};

	return registry_open(registry, &options, err);
}

static bool has_all_layers(const struct layout *layout, char *const *chain_ids, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!layer_store_has(layout, chain_ids[i]))
			return false;
	return true;
}

static bool has_all_blobs(const struct layout *layout, const struct manifest *manifest)
{
	for (size_t i = 0; i < manifest->layer_count; i++)
		if (!blob_exists(layout, manifest->layers[i].hex))
			return false;
	return true;
}

static int64_t now(void)
{
	return time(NULL);
}

/* What the name means here, complete and for the platform: 1, with what it came from. An index may
 * have something better than what only runs here too. */
static int find_stored(struct pull *pull, struct image *image, struct image_origin *origin)
{
	auto_image_index struct image_index index = {.lock_fd = -1};
	struct manifest manifest;
	json *entry;

	if (image_index_open(&index, pull->layout, false, NULL) < 0)
		return 0;
	entry = image_index_find_for(&index, pull->full, &pull->remote.wanted);
	return entry && image_index_origin(entry, origin) &&
	       image_store_read(pull->layout, entry, image, &manifest, pull->arena, NULL) == 0 &&
	       has_all_layers(pull->layout, image->chain_ids, image->layer_count) &&
	       (!pull->request->blobs || has_all_blobs(pull->layout, &manifest)) &&
	       (strcmp(origin->hex, image->digest + 7) == 0 ||
		(image_is_for(image, pull->request->platform) &&
		 strcmp(image->architecture, pull->remote.wanted.architecture) == 0));
}

static void fill_result(const struct pull *pull, const char *origin_hex, const char *config_hex,
			struct image_pulled *pulled)
{
	*pulled = (struct image_pulled){
		.name = pull->full,
		.digest = arena_format(pull->arena, "sha256:%s", origin_hex),
		.id = arena_format(pull->arena, "sha256:%s", config_hex),
	};
}

/* The name is as it was: only the time of this check is new. */
static int note_check(const struct pull *pull, const struct image_origin *origin, struct error *err)
{
	auto_image_index struct image_index index = {.lock_fd = -1};
	struct image_origin stored;
	json *entry;

	if (image_index_open(&index, pull->layout, true, err) < 0)
		return -1;
	entry = image_index_find_for(&index, pull->full, &pull->remote.wanted);
	if (!entry || !image_index_origin(entry, &stored) || strcmp(stored.hex, origin->hex) != 0)
		return 0;
	stored.checked = now();
	image_index_set_origin(entry, &stored);
	return image_index_save(&index, err);
}

/* 1: the registry has under this name what is here. A digest cannot come to mean anything else, so
 * nobody is asked about it. */
static int is_up_to_date(struct pull *pull, struct image_pulled *pulled, struct error *err)
{
	struct image_origin origin;
	struct image image;
	char hex[DIGEST_HEX_SIZE];

	if (!find_stored(pull, &image, &origin))
		return 0;
	if (!strchr(pull->full, '@')) {
		if (registry_head_manifest(pull->registry, pull->reference, hex, err) < 0)
			return -1;
		if (strcmp(hex, origin.hex) != 0)
			return 0;
		if (note_check(pull, &origin, err) < 0)
			return -1;
	}
	fill_result(pull, origin.hex, image.id + 7, pulled);
	return 1;
}

static void pass_step(const struct layer_step *step, void *data)
{
	static const enum image_step_kind kinds[] = {
		[LAYER_STEP_THERE] = IMAGE_STEP_EXISTS,
		[LAYER_STEP_PENDING] = IMAGE_STEP_PENDING,
		[LAYER_STEP_WAITING] = IMAGE_STEP_WAITING,
		[LAYER_STEP_FETCHING] = IMAGE_STEP_MOVING,
		[LAYER_STEP_RETRYING] = IMAGE_STEP_RETRYING,
		[LAYER_STEP_UNPACKING] = IMAGE_STEP_UNPACKING,
		[LAYER_STEP_UNPACKED] = IMAGE_STEP_UNPACKED,
		[LAYER_STEP_DONE] = IMAGE_STEP_DONE,
	};
	const struct pull *pull = data;
	struct image_step out = {.kind = kinds[step->kind],
				 .blob = step->job->blob_hex,
				 .done = step->done,
				 .total = step->total,
				 .resumed = step->resumed,
				 .why = step->why};

	if (step->kind == LAYER_STEP_FETCHING && step->done == step->total)
		out.kind = IMAGE_STEP_UNPACKING;
	if (step->kind == LAYER_STEP_DONE) /* of what was moved, as before; not what it became */
		out.done = out.total = step->job->blob_size;
	if (pull->request->progress)
		pull->request->progress(&out, pull->request->data);
}

static void make_jobs(struct pull *pull)
{
	const struct manifest *manifest = &pull->remote.manifest;
	size_t count = manifest->layer_count;

	pull->jobs = arena_array(pull->arena, count + 1, sizeof(*pull->jobs));
	pull->layer_files = arena_array(pull->arena, count + 1, sizeof(*pull->layer_files));
	for (size_t i = 0; i < count; i++) {
		struct blob_file *file = pull->layer_files + i;

		blob_reserve(file);
		memcpy(file->hex, manifest->layers[i].hex, DIGEST_HEX_SIZE);
		file->size = manifest->layers[i].size;
		pull->jobs[i] = (struct layer_job){
			.chain_id = pull->remote.chain_ids[i],
			.diff_id = pull->remote.diff_ids[i],
			.blob_hex = file->hex,
			.blob_name = file->name,
			.blob_size = file->size,
			.is_remote = true,
		};
	}
}

/* Layers that were there have no file in staging. */
static int commit_blobs(const struct pull *pull, struct error *err)
{
	const struct staging *staging = pull->staging;

	if (blob_commit(staging, &pull->remote.manifest_file, err) < 0 ||
	    blob_commit(staging, &pull->remote.config_file, err) < 0)
		return -1;
	for (size_t i = 0; i < pull->remote.manifest.layer_count; i++)
		if (faccessat(staging->fd, pull->layer_files[i].name, F_OK, 0) == 0 &&
		    blob_commit(staging, pull->layer_files + i, err) < 0)
			return -1;
	return blob_sync(pull->layout, err);
}

static int commit_name(const struct pull *pull, bool *is_new, struct error *err)
{
	auto_image_index struct image_index index = {.lock_fd = -1};
	const struct platform *platform = &pull->remote.platform;
	struct image_origin origin = {.checked = now()};
	struct image_index_entry entry = {
		.hex = pull->remote.manifest_file.hex,
		.size = pull->remote.manifest_file.size,
		.name = pull->full,
		.os = *platform->os ? platform->os : "linux",
		.architecture = platform->architecture,
		.variant = *platform->variant ? platform->variant : NULL,
		.origin = &origin,
		.is_beside = manifest_rate_platform(platform, &pull->remote.wanted) > 0,
	};
	char before[DIGEST_HEX_SIZE];
	json *old;

	memcpy(origin.hex, pull->remote.origin_hex, DIGEST_HEX_SIZE);
	if (image_index_open(&index, pull->layout, true, err) < 0)
		return -1;
	old = image_index_find_for(&index, pull->full, &pull->remote.wanted);
	*is_new = !old || !image_index_digest(old, before) || strcmp(before, entry.hex) != 0;
	image_index_add(&index, &entry);
	return image_index_save(&index, err);
}

/* 1: done; 0: a layer that was there has been removed meanwhile. */
static int make_layers(const struct pull *pull, bool *is_new, struct error *err)
{
	const struct image_remote *remote = &pull->remote;
	auto_close int lock = -1;
	struct layer_request request = {
		.jobs = pull->jobs,
		.count = remote->manifest.layer_count,
		.registry = pull->registry,
		.progress = pass_step,
		.data = (void *)pull,
		.store_lock_fd = &lock,
	};
	int result = layer_store_provide(pull->staging, &request, err);

	if (result < 0)
		return -1;
	if (result == 0) {
		if (syncfs(pull->layout->root_fd) < 0)
			return error_errno(err, "cannot sync '%s'", pull->layout->root);
		lock = store_lock_share(pull->layout, err);
		if (lock < 0)
			return -1;
	}
	if (!has_all_layers(pull->layout, remote->chain_ids, remote->manifest.layer_count))
		return 0;
	if (commit_blobs(pull, err) < 0 || commit_name(pull, is_new, err) < 0)
		return -1;
	return 1;
}

static void discard_partials(const struct pull *pull)
{
	for (size_t i = 0; i < pull->remote.manifest.layer_count; i++)
		partial_discard(pull->layout, pull->layer_files[i].hex);
}

static int make_all(const struct pull *pull, bool *is_new, struct error *err)
{
	struct gc_garbage garbage;

	for (int round = 0; round < MOST_ROUNDS; round++) {
		int result = make_layers(pull, is_new, err);

		if (result > 0 || (result < 0 && err->code == ENOSPC))
			discard_partials(pull);
		/* Without room, give back what can be had again. */
		if (result < 0 && err->code == ENOSPC)
			gc_collect(pull->layout, &(struct gc_request){0}, &garbage, pull->arena,
				   NULL);
		if (result != 0)
			return result < 0 ? -1 : 0;
	}
	return error_set(err, ERROR_BUSY, "another process keeps removing the image's layers");
}

static int fetch_blobs(const struct pull *pull, struct error *err)
{
	for (size_t i = 0; pull->request->blobs && i < pull->remote.manifest.layer_count; i++) {
		const struct layer_job *job = pull->jobs + i;
		struct image_step step = {
			.kind = IMAGE_STEP_MOVING, .blob = job->blob_hex, .total = job->blob_size};

		if (!layer_store_has(pull->layout, job->chain_id) ||
		    blob_exists(pull->layout, job->blob_hex))
			continue;
		if (pull->request->progress)
			pull->request->progress(&step, pull->request->data);
		if (layer_transfer_blob(pull->registry, pull->staging, job, err) < 0)
			return -1;
	}
	return 0;
}

static int run(struct pull *pull, struct image_pulled *pulled, struct error *err)
{
	bool is_new = true;
	int result;

	pull->remote = (struct image_remote){
		.registry = pull->registry,
		.staging = pull->staging,
		.name = pull->full,
		.arena = pull->arena,
	};
	manifest_name_platform(&pull->remote.wanted, pull->request->platform, pull->arena);
	result = is_up_to_date(pull, pulled, err);
	if (result != 0)
		return result < 0 ? -1 : 0;
	if (image_remote_resolve(&pull->remote, pull->reference, err) < 0)
		return -1;
	make_jobs(pull);
	if (fetch_blobs(pull, err) < 0 || make_all(pull, &is_new, err) < 0)
		return -1;
	fill_result(pull, pull->remote.origin_hex, pull->remote.config_file.hex, pulled);
	pulled->is_new = is_new;
	return 0;
}

static int explain(const char *reference, struct error *err)
{
	struct error reason = *err;

	if (reason.code == ERROR_DENIED)
		return error_wrap(err, "pull access denied for %s", reference);
	if (reason.code != EHOSTUNREACH && reason.code != ENETUNREACH)
		return error_wrap(err, "cannot pull '%s'", reference);
	return error_set(err, reason.code,
			 "cannot pull '%s': %s; without a network: 'coracle image load -i FILE'",
			 reference, reason.text);
}

int image_pull(const struct layout *layout, const struct image_pull *request,
	       struct image_pulled *pulled, struct arena *arena, struct error *err)
{
	auto_free char *full = reference_normalize(request->reference, err);
	auto_staging struct staging staging = STAGING_CLOSED;
	auto_registry struct registry *registry = NULL;
	struct pull pull = {
		.layout = layout,
		.request = request,
		.staging = &staging,
		.arena = arena,
	};

	if (!full)
		return -1;
	pull.full = arena_string(arena, full);
	split_name(pull.full, &pull.repository, &pull.reference, arena);
	partial_sweep(layout, PARTIAL_LONGEST_S);
	if (staging_open(&staging, layout, err) < 0 ||
	    open_registry(&registry, request->transport, pull.repository, err) < 0)
		return -1;
	pull.registry = registry;
	if (run(&pull, pulled, err) < 0)
		return explain(request->reference, err);
	image_event_transfer(layout, "pull", pull.full);
	return 0;
}

int image_ask_digest(const char *transport, const char *reference, char digest[72],
		     struct error *err)
{
	auto_free char *full = reference_normalize(reference, err);
	auto_registry struct registry *registry = NULL;
	auto_arena struct arena arena = {0};
	const char *repository, *tag;
	char hex[DIGEST_HEX_SIZE];

	if (!full)
		return -1;
	split_name(full, &repository, &tag, &arena);
	if (open_registry(&registry, transport, repository, err) < 0)
		return -1;
	if (registry_head_manifest(registry, tag, hex, err) < 0)
		return error_wrap(err, "cannot ask for '%s'", reference);
	snprintf(digest, 72, "sha256:%s", hex);
	return 0;
}

int image_list_tags(const char *transport, const char *reference, struct strvec *tags,
		    struct error *err)
{
	auto_free char *full = reference_normalize(reference, err);
	auto_registry struct registry *registry = NULL;
	auto_arena struct arena arena = {0};
	const char *repository, *tag;

	if (!full)
		return -1;
	split_name(full, &repository, &tag, &arena);
	if (open_registry(&registry, transport, repository, err) < 0)
		return -1;
	if (registry_list_tags(registry, tags, err) < 0)
		return error_wrap(err, "cannot list the tags of '%s'", reference);
	return 0;
}

int image_last_check(const struct layout *layout, const struct image_wish *wish, char digest[72],
		     int64_t *checked_s, struct error *err)
{
	auto_image_index struct image_index index = {.lock_fd = -1};
	auto_free char *full = reference_normalize(wish->reference, err);
	auto_arena struct arena arena = {0};
	struct image_origin origin;
	struct platform wanted;
	json *entry;

	if (!full || image_index_open(&index, layout, false, err) < 0)
		return -1;
	manifest_name_platform(&wanted, wish->platform, &arena);
	entry = image_index_find_for(&index, full, &wanted);
	if (!entry || !image_index_origin(entry, &origin))
		return 0;
	snprintf(digest, 72, "sha256:%s", origin.hex);
	*checked_s = origin.checked;
	return 1;
}
