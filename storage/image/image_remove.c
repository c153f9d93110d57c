/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/image/image_remove.c - image_tag, image_remove and image_prune of storage/image/image.h.
 *
 * The name goes first; what nothing refers to any more follows. A kill in between leaves blobs and
 * layers that cost space and nothing else.
 */
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/event.h"
#include "base/strbuf.h"
#include "storage/image/blob.h"
#include "storage/image/image_event.h"
#include "storage/image/image_private.h"
#include "storage/image/image_removal.h"
#include "storage/image/partial.h"
#include "storage/reference.h"

/* A name's images for other platforms than this host's, to be named @target, too. */
static struct image_index_entry *list_others(const struct image_index *index, const char *source,
					     const char *target, size_t *count, struct arena *arena)
{
	auto_free char *full = reference_normalize(source, NULL);
	json *first = full ? image_index_find_name(index, full) : NULL;
	size_t most = image_index_count(index);
	struct image_index_entry *others = arena_array(arena, most + 1, sizeof(*others));

	*count = 0;
	for (size_t i = 0; i < most && first; i++) {
		json *entry = image_index_at(index, i);
		const char *name = image_index_name(entry);
		char hex[DIGEST_HEX_SIZE];
		struct platform platform;

		if (entry == first || !name || strcmp(name, full) != 0 ||
		    !image_index_digest(entry, hex))
			continue;
		manifest_parse_platform(json_get(entry, "platform"), &platform, arena);
		others[(*count)++] = (struct image_index_entry){
			.hex = arena_string(arena, hex),
			.size = json_int(entry, "size", 0),
			.name = target,
			.os = platform.os,
			.architecture = platform.architecture,
			.variant = platform.variant,
			.is_beside = true,
		};
	}
	return others;
}

int image_tag(const struct layout *layout, const char *source, const char *target,
	      struct error *err)
{
	auto_image_index struct image_index index = {.lock_fd = -1};
	auto_free char *full = reference_normalize(target, err);
	auto_free char *familiar = full ? reference_familiar(full) : NULL;
	auto_arena struct arena arena = {0};
	struct image_index_entry entry, *others;
	enum image_match match;
	struct image image;
	size_t count = 0;
	int64_t size;
	int fd;

	if (!full)
		return -1;
	if (strchr(full, '@'))
		return error_set(err, ERROR_INVALID,
				 "cannot tag '%s': a tag, not a digest, names "
				 "an image",
				 target);
	if (image_index_open(&index, layout, true, err) < 0 ||
	    image_store_find(&index, source, &image, &match, &arena, err) < 0)
		return -1;
	fd = blob_open(layout, image.digest + 7, &size, err);
	if (fd < 0)
		return -1;
	close(fd);
	entry = (struct image_index_entry){
		.hex = image.digest + 7,
		.size = size,
		.name = full,
		.os = image.os,
		.architecture = image.architecture,
		.variant = image.variant,
	};
	others = match == IMAGE_BY_NAME ? list_others(&index, source, full, &count, &arena) : NULL;
	image_index_add(&index, &entry);
	for (size_t i = 0; i < count; i++)
		image_index_add(&index, &others[i]);
	if (image_index_save(&index, err) < 0)
		return -1;
	image_event(layout, "tag", image.id, familiar);
	return 0;
}

static size_t count_names(const struct image *image)
{
	size_t count = 0;

	while (image->names && image->names[count])
		count++;
	return count;
}

static const char *find_user(const struct image_removal *removal, const struct image *image,
			     char *const *in_use)
{
	const char *user = image_removal_user(removal, image);

	for (; !user && in_use && *in_use; in_use++)
		if (strcmp(*in_use, image->id) == 0 || strcmp(*in_use, image->id + 7) == 0)
			user = "";
	return user;
}

static int refuse_used(const char *reference, const char *user, bool has_name, struct error *err)
{
	const char *quote = *user ? "'" : "";

	error_set(err, ERROR_CONFLICT, "image '%s' is used by %s %s%s%s%s", reference,
		  *user ? "container" : "a container", quote, user, quote,
		  has_name ? ": remove that first" : " and has no name to take away");
	return error_state(err, FACT_IMAGE_IN_USE, reference, user);
}

static int refuse_shared(const char *reference, struct error *err)
{
	error_set(err, ERROR_CONFLICT,
		  "image '%s' has names in several repositories: remove them one by one, or use "
		  "--force",
		  reference);
	return error_state(err, FACT_IMAGE_SHARED, reference, NULL);
}

static bool is_named(const json *entry, const char *reference)
{
	auto_free char *full = reference_normalize(reference, NULL);
	const char *name = image_index_name(entry);

	return full && name && strcmp(full, name) == 0;
}

/* By the digest of the manifest, or what it begins with. */
static bool has_digest(const json *entry, const char *reference)
{
	const char *wanted = strncmp(reference, "sha256:", 7) == 0 ? reference + 7 : reference;
	size_t length = strlen(wanted);
	char hex[DIGEST_HEX_SIZE];

	return length >= 4 && length <= 64 && reference_is_hex(wanted, length) &&
	       image_index_digest(entry, hex) && strncmp(hex, wanted, length) == 0;
}

/* An entry whose manifest or config cannot be read. */
static json *find_damaged(struct image_removal *removal, const char *reference,
			  bool (*fits)(const json *entry, const char *reference))
{
	for (size_t i = 0; i < image_index_count(&removal->index); i++) {
		json *entry = image_index_at(&removal->index, i);
		struct manifest manifest;
		struct image image;

		if (fits(entry, reference) &&
		    image_store_read(removal->layout, entry, &image, &manifest, &removal->arena,
				     NULL) < 0)
			return entry;
	}
	return NULL;
}

/* Nothing of it can be used, so it goes with one of its names only if it has others. */
static void remove_damaged(struct image_removal *removal, const json *entry)
{
	const char *name = arena_string(&removal->arena, image_index_name(entry));
	char hex[DIGEST_HEX_SIZE] = "";
	struct image image = {0};

	if (!image_index_digest(entry, hex)) {
		image_index_remove(&removal->index, entry);
		return;
	}
	image.digest = arena_format(&removal->arena, "sha256:%s", hex);
	if (name)
		image_removal_untag(removal, &image, name, false);
	if (!name || !image_index_has_digest(&removal->index, hex))
		image_removal_forget(removal, &image);
}

struct request {
	const char *reference;
	bool force;
	char *const *in_use;
};

static bool is_in_repository(const char *name, const char *full)
{
	size_t length = reference_repository_length(full);

	return reference_repository_length(name) == length && strncmp(name, full, length) == 0;
}

/* How many of its names are not in the repository of @full. */
static size_t count_elsewhere(const struct image *image, const char *full)
{
	size_t count = 0;

	for (char **name = image->names; name && *name; name++)
		count += !is_in_repository(*name, full);
	return count;
}

/* One name of several: the image stays. "repository@digest" means all names in that repository. */
static int untag_some(struct image_removal *removal, const struct request *request,
		      const struct image *image, enum image_match match, struct error *err)
{
	auto_free char *full = reference_normalize(request->reference, err);
	size_t elsewhere;

	if (!full)
		return -1;
	elsewhere = count_elsewhere(image, full);
	if (match == IMAGE_BY_DIGEST && elsewhere == 0)
		return 0;
	if (match == IMAGE_BY_NAME) {
		image_removal_untag(removal, image, full, false);
		return 1;
	}
	for (char **name = image->names; *name; name++)
		if (is_in_repository(*name, full))
			image_removal_untag(removal, image, *name, false);
	return 1;
}

static int remove_image(struct image_removal *removal, const struct request *request,
			struct error *err)
{
	const char *reference = request->reference;
	enum image_match match;
	struct image image;
	const char *user;
	size_t names;

	if (image_store_find(&removal->index, reference, &image, &match, &removal->arena, err) < 0)
		return -1;
	names = count_names(&image);
	user = find_user(removal, &image, request->in_use);
	if (match != IMAGE_BY_ID && names > 1) {
		int result = untag_some(removal, request, &image, match, err);

		if (result != 0)
			return result < 0 ? -1 : 0;
	}
	if (match == IMAGE_BY_ID && names > 1 && !request->force &&
	    count_elsewhere(&image, image.names[0]) > 0)
		return refuse_shared(reference, err);
	if (user && (!request->force || names == 0))
		return refuse_used(reference, user, !request->force, err);
	for (size_t i = 0; i < names; i++)
		image_removal_untag(removal, &image, image.names[i], true);
	if (!user) /* else its containers keep it, without a name */
		image_removal_forget(removal, &image);
	return 0;
}

/* A name means its images for all platforms. */
static int remove_all(struct image_removal *removal, const struct request *request,
		      struct error *err)
{
	auto_free char *full = reference_normalize(request->reference, NULL);

	do
		if (remove_image(removal, request, err) < 0)
			return -1;
	while (full && image_index_find_name(&removal->index, full));
	return 0;
}

int image_remove(const struct layout *layout, const char *reference, bool force,
		 char *const *in_use, struct strbuf *report, struct error *err)
{
	auto_image_removal struct image_removal removal;
	struct request request = {reference, force, in_use};
	struct error reason = {0};
	json *damaged;

	if (image_removal_begin(&removal, layout, report, err) < 0)
		return -1;
	damaged = find_damaged(&removal, reference, is_named);
	if (!damaged && remove_all(&removal, &request, &reason) < 0) {
		if (reason.code == ERROR_NOT_FOUND)
			damaged = find_damaged(&removal, reference, has_digest);
		if (!damaged)
			return error_pass(err, &reason);
	}
	if (damaged)
		remove_damaged(&removal, damaged);
	return image_removal_commit(&removal, err);
}

/* What containers use stays; an unnamed image is nobody's; one with a name goes when asked for. */
static bool is_unwanted(const struct image_removal *removal, const struct image_prune *request,
			const struct image *image)
{
	if (image_removal_user(removal, image) || (image->names[0] && !request->all))
		return false;
	return !request->wants || request->wants(image, request->data);
}

int image_prune(const struct layout *layout, const struct image_prune *request,
		struct strbuf *report, int64_t *reclaimed, struct error *err)
{
	auto_image_removal struct image_removal removal;
	struct image *images = NULL;
	size_t count = 0;

	if (image_removal_begin(&removal, layout, report, err) < 0)
		return -1;
	removal.is_prune = true;
	image_store_list(&removal.index, &images, &count, &removal.arena);
	for (size_t i = 0; i < count; i++) {
		if (!is_unwanted(&removal, request, images + i))
			continue;
		for (char **name = images[i].names; *name; name++)
			image_removal_untag(&removal, images + i, *name, true);
		image_removal_forget(&removal, images + i);
	}
	if (image_removal_commit(&removal, err) < 0 ||
	    (request->blobs && image_removal_drop_blobs(&removal, err) < 0))
		return -1;
	*reclaimed = removal.reclaimed + partial_sweep(layout, 0);
	event_pruned(EVENT_IMAGE, *reclaimed);
	return 0;
}
