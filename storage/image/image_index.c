/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/image_index.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/record.h"
#include "base/units.h"
#include "storage/reference.h"

/* Both are set to the full reference: containerd's is always that, and other tools find the image
 * in the layout by the first ("skopeo inspect oci:ROOT/images:NAME"). */
#define NAME_OCI	"org.opencontainers.image.ref.name"
#define NAME_CONTAINERD "io.containerd.image.name"
#define ORIGIN_DIGEST	"io.coracle.registry.digest"
#define ORIGIN_CHECKED	"io.coracle.registry.checked"

struct known_entry {
	const char *digest, *media_type, *os, *architecture, *variant;
	int64_t size;
	struct pair *annotations;
	size_t annotation_count;
};

static bool is_digest(const char *text)
{
	char hex[DIGEST_HEX_SIZE];

	return reference_parse_digest(hex, text, "", NULL) == 0;
}

static const struct field platform_fields[] = {
	FIELD(struct known_entry, FIELD_STRING, os, "os"),
	FIELD(struct known_entry, FIELD_STRING, architecture, "architecture"),
	FIELD(struct known_entry, FIELD_STRING, variant, "variant"),
	{0},
};

static const struct field entry_fields[] = {
	FIELD_FORM_NEEDED(struct known_entry, FIELD_STRING, digest, "digest", is_digest),
	FIELD(struct known_entry, FIELD_STRING, media_type, "mediaType"),
	FIELD_RANGE(struct known_entry, FIELD_INT64, size, "size", 0, INT64_MAX),
	FIELD_TEXTS(struct known_entry, annotations, annotation_count, "annotations"),
	{0},
};

int image_index_check(const json *entry, struct error *err)
{
	auto_arena struct arena arena = {0};
	const json *platform = json_get(entry, "platform");
	struct known_entry known;

	if (record_from_json(entry_fields, &known, entry, &arena, err) < 0)
		return -1;
	if (platform && record_from_json(platform_fields, &known, platform, &arena, err) < 0)
		return error_wrap(err, "'platform'");
	return 0;
}

/* All others are as good as they were. */
static void warn(const struct image_index *index)
{
	for (size_t i = 0; i < image_index_count(index); i++) {
		struct error problem = {0};

		if (image_index_check(image_index_at(index, i), &problem) < 0)
			log_warning_once("'%s/images/index.json' is damaged: 'manifests': %zu: %s: "
					 "'coracle system check --repair' removes this entry",
					 index->layout->root, i + 1, problem.text);
	}
}

int image_index_open(struct image_index *index, const struct layout *layout, bool for_writing,
		     struct error *err)
{
	*index = (struct image_index){.layout = layout, .lock_fd = -1};
	if (for_writing) {
		index->lock_fd = file_lock(layout->root_fd, "images.lock", true, true, err);
		if (index->lock_fd < 0)
			return -1;
	}
	index->document = json_load(layout->images_fd, "index.json", err);
	if (!index->document || !json_is_array(json_get(index->document, "manifests"))) {
		if (index->document)
			error_set(err, ERROR_INVALID, "index.json has no list of manifests");
		error_wrap(err, "cannot read '%s/images'", layout->root);
		image_index_close(index);
		return -1;
	}
	warn(index);
	return 0;
}

int image_index_save(struct image_index *index, struct error *err)
{
	if (json_save(index->layout->images_fd, "index.json", index->document, 0600, err) < 0)
		return error_wrap(err, "cannot write '%s/images'", index->layout->root);
	return 0;
}

void image_index_close(struct image_index *index)
{
	json_cleanup(&index->document);
	index->document = NULL;
	cleanup_close(&index->lock_fd);
	index->lock_fd = -1;
}

static json *entries(const struct image_index *index)
{
	return json_get(index->document, "manifests");
}

size_t image_index_count(const struct image_index *index)
{
	return json_length(entries(index));
}

json *image_index_at(const struct image_index *index, size_t i)
{
	return json_at(entries(index), i);
}

const char *image_index_name(const json *entry)
{
	json *annotations = json_get(entry, "annotations");
	const char *name = json_string(annotations, NAME_CONTAINERD, NULL);
	auto_free char *normal = NULL;

	if (!name)
		name = json_string(annotations, NAME_OCI, NULL);
	if (name)
		normal = reference_normalize(name, NULL);
	return normal && strcmp(normal, name) == 0 ? name : NULL;
}

bool image_index_digest(const json *entry, char hex[DIGEST_HEX_SIZE])
{
	return reference_parse_digest(hex, json_string(entry, "digest", ""), "", NULL) == 0;
}

static bool has_name(const json *entry, const char *full_name)
{
	const char *name = image_index_name(entry);

	return name && strcmp(name, full_name) == 0;
}

int image_index_rate(const json *entry, const struct platform *wanted)
{
	auto_arena struct arena arena = {0};
	struct platform own;

	manifest_parse_platform(json_get(entry, "platform"), &own, &arena);
	return *own.architecture ? manifest_rate_platform(&own, wanted) : 1;
}

json *image_index_find_for(const struct image_index *index, const char *full_name,
			   const struct platform *wanted)
{
	json *best = NULL;
	int best_rate = -1;

	for (size_t i = 0; i < image_index_count(index); i++) {
		json *entry = image_index_at(index, i);
		int rate = has_name(entry, full_name) ? image_index_rate(entry, wanted) : -1;

		if (rate > best_rate) {
			best = entry;
			best_rate = rate;
		}
	}
	return best;
}

json *image_index_find_name(const struct image_index *index, const char *full_name)
{
	struct platform host;

	manifest_host_platform(&host);
	return image_index_find_for(index, full_name, &host);
}

static size_t count_digest(const struct image_index *index, const char *hex)
{
	char own[DIGEST_HEX_SIZE];
	size_t count = 0;

	for (size_t i = 0; i < image_index_count(index); i++)
		count += image_index_digest(image_index_at(index, i), own) && strcmp(own, hex) == 0;
	return count;
}

bool image_index_has_digest(const struct image_index *index, const char *hex)
{
	return count_digest(index, hex) > 0;
}

static void remove_at(struct image_index *index, size_t i)
{
	json_object_array_del_idx(entries(index), i, 1);
}

void image_index_untag(struct image_index *index, json *entry, bool keep_unnamed)
{
	char hex[DIGEST_HEX_SIZE];

	if (keep_unnamed && image_index_digest(entry, hex) && count_digest(index, hex) == 1)
		json_object_object_del(entry, "annotations");
	else
		image_index_remove(index, entry);
}

void image_index_remove(struct image_index *index, const json *entry)
{
	for (size_t i = 0; i < image_index_count(index); i++)
		if (image_index_at(index, i) == entry)
			remove_at(index, i--);
}

/* A name replaces the unnamed entry; without a name, one entry of the manifest is enough. */
static bool drop_unnamed(struct image_index *index, const char *hex)
{
	for (size_t i = 0; i < image_index_count(index); i++) {
		json *entry = image_index_at(index, i);
		char own[DIGEST_HEX_SIZE];

		if (!image_index_name(entry) && image_index_digest(entry, own) &&
		    strcmp(own, hex) == 0) {
			remove_at(index, i);
			return true;
		}
	}
	return false;
}

static bool is_same_platform(const json *a, const json *b)
{
	auto_arena struct arena arena = {0};
	struct platform left, right;

	manifest_parse_platform(json_get(a, "platform"), &left, &arena);
	manifest_parse_platform(json_get(b, "platform"), &right, &arena);
	return strcmp(left.os, right.os) == 0 &&
	       strcmp(left.architecture, right.architecture) == 0 &&
	       strcmp(left.variant, right.variant) == 0;
}

/* From those that @added takes the place of. */
static void take_name(struct image_index *index, const struct image_index_entry *entry,
		      const json *added)
{
	for (size_t i = image_index_count(index); i-- > 0;) {
		json *other = image_index_at(index, i);

		if (has_name(other, entry->name) &&
		    (!entry->is_beside || is_same_platform(other, added)))
			image_index_untag(index, other, true);
	}
}

static json *make_entry(const struct image_index_entry *entry)
{
	json *value = manifest_make_descriptor(MANIFEST_TYPE_MANIFEST, entry->hex, entry->size);
	json *platform = json_new_object();

	if (entry->name) {
		json *annotations = json_new_object();

		json_set_string(annotations, NAME_CONTAINERD, entry->name);
		json_set_string(annotations, NAME_OCI, entry->name);
		json_set(value, "annotations", annotations);
	}
	if (entry->name && entry->origin)
		image_index_set_origin(value, entry->origin);
	json_set_string(platform, "architecture", entry->architecture);
	json_set_string(platform, "os", entry->os);
	json_set_string(platform, "variant", entry->variant);
	json_set(value, "platform", platform);
	return value;
}

void image_index_add(struct image_index *index, const struct image_index_entry *entry)
{
	json *added;

	if (!entry->name && image_index_has_digest(index, entry->hex))
		return;
	added = make_entry(entry);
	if (entry->name) {
		take_name(index, entry, added);
		while (drop_unnamed(index, entry->hex))
			;
	}
	json_add(entries(index), added);
}

bool image_index_origin(const json *entry, struct image_origin *origin)
{
	json *annotations = json_get(entry, "annotations");
	struct timespec checked = {0};

	*origin = (struct image_origin){0};
	if (reference_parse_digest(origin->hex, json_string(annotations, ORIGIN_DIGEST, ""), "",
				   NULL) < 0)
		return false;
	if (units_parse_time(&checked, json_string(annotations, ORIGIN_CHECKED, ""), NULL) == 0)
		origin->checked = checked.tv_sec;
	return true;
}

void image_index_set_origin(json *entry, const struct image_origin *origin)
{
	json *annotations = json_get(entry, "annotations");
	struct timespec checked = {.tv_sec = (time_t)origin->checked};
	char digest[80], text[UNITS_TIME_SIZE];

	snprintf(digest, sizeof(digest), "sha256:%s", origin->hex);
	json_set_string(annotations, ORIGIN_DIGEST, digest);
	json_set_string(annotations, ORIGIN_CHECKED, units_format_time(text, &checked));
}
