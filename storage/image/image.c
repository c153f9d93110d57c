/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/image.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "storage/image/blob.h"
#include "storage/image/image_private.h"
#include "storage/image/image_remote.h"
#include "storage/image/layer_store.h"
#include "storage/reference.h"

static json *read_document(const struct layout *layout, const char *hex, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	char what[96];

	if (blob_read(layout, hex, &text, err) < 0)
		return NULL;
	snprintf(what, sizeof(what), "blob sha256:%s", hex);
	return json_parse(strbuf_text(&text), text.length, what, err);
}

int image_store_read(const struct layout *layout, const json *entry, struct image *image,
		     struct manifest *manifest, struct arena *arena, struct error *err)
{
	auto_json json *document = NULL;
	auto_json json *config = NULL;
	char hex[DIGEST_HEX_SIZE];

	*image = (struct image){0};
	if (!image_index_digest(entry, hex))
		return error_set(err, ERROR_INVALID, "an entry of index.json has no sha256 digest");
	document = read_document(layout, hex, err);
	if (!document || manifest_parse(document, manifest, arena, err) < 0)
		return error_wrap(err, "image sha256:%.12s", hex);
	config = read_document(layout, manifest->config.hex, err);
	if (!config || manifest_parse_config(config, image, arena, err) < 0)
		return error_wrap(err, "image sha256:%.12s", hex);
	image->digest = arena_format(arena, "sha256:%s", hex);
	image->id = arena_format(arena, "sha256:%s", manifest->config.hex);
	for (size_t i = 0; i < image->layer_count; i++)
		image->size += layer_store_size(layout, image->chain_ids[i]);
	return 0;
}

/* The name of an entry; without one, only the end of the list. */
static void add_name(struct image *image, const json *entry, struct arena *arena)
{
	const char *name = entry ? image_index_name(entry) : NULL;
	struct image_origin origin;
	size_t count = 0;

	while (image->names && image->names[count])
		count++;
	image->names = arena_grow(arena, image->names, count + 1, sizeof(*image->names));
	image->origins = arena_grow(arena, image->origins, count + 1, sizeof(*image->origins));
	image->names[count] = name ? arena_string(arena, name) : NULL;
	image->names[count + 1] = NULL;
	image->origins[count] = entry && image_index_origin(entry, &origin)
					? arena_format(arena, "sha256:%s", origin.hex)
					: NULL;
}

static void warn_of_damage(const json *entry, const struct error *problem)
{
	const char *name = image_index_name(entry);
	auto_free char *familiar = name ? reference_familiar(name) : NULL;

	log_warning_once("%s%s%s: remove it with 'coracle image rm %s' and load or pull it again",
			 familiar ? familiar : "", familiar ? ": " : "", problem->text,
			 familiar ? familiar : json_string(entry, "digest", "ID"));
}

/* All names of all manifests with this config. */
void image_store_list(const struct image_index *index, struct image **images, size_t *count,
		      struct arena *arena)
{
	*images = NULL;
	*count = 0;
	for (size_t i = 0; i < image_index_count(index); i++) {
		json *entry = image_index_at(index, i);
		const char *name = image_index_name(entry);
		struct error problem = {0};
		struct manifest manifest;
		struct image image;
		size_t at = 0;

		if (image_store_read(index->layout, entry, &image, &manifest, arena, &problem) <
		    0) {
			warn_of_damage(entry, &problem);
			continue;
		}
		while (at < *count && strcmp((*images)[at].id, image.id) != 0)
			at++;
		if (at == *count) {
			*images = arena_grow(arena, *images, *count, sizeof(**images));
			(*images)[(*count)++] = image;
			add_name(*images + at, NULL, arena);
		}
		if (name)
			add_name(*images + at, entry, arena);
	}
}

int image_list(const struct layout *layout, struct image **images, size_t *count,
	       struct arena *arena, struct error *err)
{
	auto_image_index struct image_index index = {.lock_fd = -1};

	*images = NULL;
	*count = 0;
	if (image_index_open(&index, layout, false, err) < 0)
		return -1;
	image_store_list(&index, images, count, arena);
	return 0;
}

/* @full: the reference with registry and tag; NULL: it is none. */
static int not_found(const char *reference, const char *full, struct error *err)
{
	auto_free char *familiar = full ? reference_familiar(full) : NULL;

	error_set(err, ERROR_NOT_FOUND,
		  "No such image: %.300s; pull it with 'coracle image pull', or load it with "
		  "'coracle image load -i FILE'",
		  reference);
	return error_state(err, FACT_NO_IMAGE, familiar ? familiar : reference, NULL);
}

/* The names of the image with this id. */
static void collect_names(const struct image_index *index, struct image *image,
			  const struct manifest *manifest, struct arena *arena)
{
	add_name(image, NULL, arena);
	for (size_t i = 0; i < image_index_count(index); i++) {
		json *entry = image_index_at(index, i);
		const char *name = image_index_name(entry);
		auto_arena struct arena scratch = {0};
		char hex[DIGEST_HEX_SIZE];

		if (!name || !image_index_digest(entry, hex))
			continue;
		if (strcmp(hex, image->digest + 7) != 0) {
			/* Another manifest may be about the same config. */
			auto_json json *document = read_document(index->layout, hex, NULL);
			struct manifest other;

			if (!document || manifest_parse(document, &other, &scratch, NULL) < 0 ||
			    strcmp(other.config.hex, manifest->config.hex) != 0)
				continue;
		}
		add_name(image, entry, arena);
	}
}

static int take_entry(const struct image_index *index, const json *entry, struct image *image,
		      struct arena *arena, struct error *err)
{
	struct manifest manifest;

	if (image_store_read(index->layout, entry, image, &manifest, arena, err) < 0)
		return -1;
	collect_names(index, image, &manifest, arena);
	return 0;
}

/* "repository@sha256:…": the image must be known under that repository, since the digest alone
 * says nothing about where it came from. */
static json *find_pinned(const struct image_index *index, const char *full,
			 const struct platform *wanted)
{
	size_t length = reference_repository_length(full);
	const char *hex = strchr(full, ':') ? strrchr(full, ':') + 1 : "";
	json *best = NULL;
	int best_rate = -1;

	for (size_t i = 0; i < image_index_count(index); i++) {
		json *entry = image_index_at(index, i);
		const char *name = image_index_name(entry);
		struct image_origin origin;
		char own[DIGEST_HEX_SIZE];

		if (!name || reference_repository_length(name) != length ||
		    strncmp(name, full, length) != 0)
			continue;
		if (image_index_digest(entry, own) && strcmp(own, hex) == 0)
			return entry;
		/* The digest of the index that it was pulled by. */
		if (image_index_origin(entry, &origin) && strcmp(origin.hex, hex) == 0 &&
		    image_index_rate(entry, wanted) > best_rate) {
			best = entry;
			best_rate = image_index_rate(entry, wanted);
		}
	}
	return best;
}

/* By config or manifest digest, or the beginning of the config's. */
static int find_id(const struct image_index *index, const char *text, struct image *image,
		   struct arena *arena, struct error *err)
{
	const char *hex = strncmp(text, "sha256:", 7) == 0 ? text + 7 : text;
	size_t length = strlen(hex);
	struct image *images = NULL;
	struct image *found = NULL;
	size_t count = 0;

	if (length < 4 || length > 64 || !reference_is_hex(hex, length))
		return 0;
	image_store_list(index, &images, &count, arena);
	for (size_t i = 0; i < count; i++) {
		if (strncmp(images[i].id + 7, hex, length) != 0 &&
		    (length != 64 || strcmp(images[i].digest + 7, hex) != 0))
			continue;
		if (found)
			return error_set(err, ERROR_INVALID,
					 "'%s' is the beginning of more than one image id: give "
					 "more digits",
					 text);
		found = images + i;
	}
	if (found)
		*image = *found;
	return found != NULL;
}

/* What is named for the platform, else whatever is meant. */
static int find_for(const struct image_index *index, const struct image_wish *wish,
		    struct image *image, enum image_match *match, struct arena *arena,
		    struct error *err)
{
	struct error problem = {0};
	auto_free char *full = reference_normalize(wish->reference, &problem);
	bool is_pinned = full && strchr(full, '@');
	struct platform wanted;
	json *entry;
	int result;

	manifest_name_platform(&wanted, wish->platform, arena);
	entry = full ? image_index_find_for(index, full, &wanted) : NULL;
	*match = is_pinned ? IMAGE_BY_DIGEST : IMAGE_BY_NAME;
	if (!entry && is_pinned)
		entry = find_pinned(index, full, &wanted);
	if (entry)
		return take_entry(index, entry, image, arena, err);
	*match = IMAGE_BY_ID;
	result = find_id(index, wish->reference, image, arena, err);
	if (result != 0)
		return result < 0 ? -1 : 0;
	if (!full && strncmp(wish->reference, "sha256:", 7) != 0 &&
	    !reference_is_hex(wish->reference, strlen(wish->reference)))
		return error_pass(err, &problem);
	return not_found(wish->reference, full, err);
}

int image_store_find(const struct image_index *index, const char *reference, struct image *image,
		     enum image_match *match, struct arena *arena, struct error *err)
{
	const struct image_wish wish = {.reference = reference};

	return find_for(index, &wish, image, match, arena, err);
}

int image_find_for(const struct layout *layout, const struct image_wish *wish, struct image *image,
		   struct arena *arena, struct error *err)
{
	auto_image_index struct image_index index = {.lock_fd = -1};
	enum image_match match;

	if (image_index_open(&index, layout, false, err) < 0)
		return -1;
	return find_for(&index, wish, image, &match, arena, err);
}

int image_find(const struct layout *layout, const char *reference, struct image *image,
	       struct arena *arena, struct error *err)
{
	const struct image_wish wish = {.reference = reference};

	return image_find_for(layout, &wish, image, arena, err);
}

int image_read_config(const struct layout *layout, const struct image *image, struct strbuf *out,
		      struct error *err)
{
	char hex[DIGEST_HEX_SIZE];

	if (reference_parse_digest(hex, image->id, "image id", err) < 0)
		return -1;
	return blob_read(layout, hex, out, err);
}

int64_t image_layer_size(const struct layout *layout, const char *chain_id)
{
	return layer_store_size(layout, chain_id);
}

int image_store_explain(const char *reference, struct error *err)
{
	if (!err || err->code != ERROR_NOT_FOUND)
		return -1;
	return error_set(err, ERROR_NOT_FOUND,
			 "the compressed layers of image '%.300s' were given back ('image prune "
			 "--blobs'): load it again, or fetch them with 'image pull --blobs'",
			 reference);
}
