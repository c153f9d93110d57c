/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images: a row of image ls, and what inspect shows.
 */
#include "describe/describe_private.h"
#include "describe/objects.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "describe/times.h"
#include "engine/engine.h"
#include "storage/image/image.h"
#include "storage/reference.h"

#include <string.h>

#define NONE "<none>"

/* Only the first of these directories is one of ours. */
static const char *const layer_parts[][2] = {
	{"UpperDir", "diff"}, {"MergedDir", "merged"}, {"WorkDir", "work"}};

void describe_split_reference(json *object, const char *reference)
{
	auto_free char *name = reference ? reference_familiar(reference) : NULL;
	char *digest = name ? strchr(name, '@') : NULL;
	char *slash = name ? strrchr(name, '/') : NULL;
	char *colon;

	if (!name) {
		json_set_string(object, "Repository", NONE);
		json_set_string(object, "Tag", NONE);
		return;
	}
	if (digest)
		*digest = '\0';
	colon = strchr(slash ? slash : name, ':');
	if (colon)
		*colon = '\0';
	json_set_string(object, "Repository", name);
	json_set_string(object, "Tag", colon ? colon + 1 : digest ? NONE : "latest");
}

/* As its registry knows it; else of the manifest that is here. */
static const char *name_digest(const struct image *image, const char *name)
{
	for (size_t i = 0; name && image->names && image->names[i]; i++)
		if (strcmp(image->names[i], name) == 0 && image->origins[i])
			return image->origins[i];
	return image->digest;
}

json *describe_image_row(const struct image *image, const char *name, bool is_full)
{
	json *row = json_new_object();
	auto_free char *age = times_ago(image->created);
	auto_free char *created = times_local(image->created);
	char short_id[13], size[32];

	describe_short_id(short_id, image->id);
	units_format_size(size, sizeof(size), image->size);
	/* As Docker: only `system df -v` counts these. */
	json_set_string(row, "Containers", "N/A");
	json_set_string(row, "CreatedAt", created);
	json_set_string(row, "CreatedSince", age);
	json_set_string(row, "Digest", describe_text_or(name_digest(image, name), NONE));
	json_set_string(row, "ID", is_full ? image->id : short_id);
	describe_split_reference(row, name);
	json_set_string(row, "SharedSize", "N/A");
	json_set_string(row, "Size", size);
	json_set_string(row, "UniqueSize", "N/A");
	json_set_string(row, "VirtualSize", size);
	return row;
}

/* Names with a tag; what was pulled by its digest has none. */
static json *repository_tags(const struct image *image)
{
	json *list = json_new_array();

	for (char **name = image->names; name && *name; name++) {
		auto_free char *familiar = strchr(*name, '@') ? NULL : reference_familiar(*name);

		if (familiar)
			json_add_string(list, familiar);
	}
	return list;
}

/* "redis@sha256:…" for each repository. */
static json *repository_digests(const struct image *image)
{
	json *list = json_new_array();
	auto_strvec struct strvec seen = {0};

	for (size_t i = 0; image->names && image->names[i] && image->digest; i++) {
		const char *origin = image->origins[i];
		auto_json json *parts = json_new_object();
		auto_free char *text = NULL;

		describe_split_reference(parts, image->names[i]);
		text = alloc_format("%s@%s", json_string(parts, "Repository", ""),
				    origin ? origin : image->digest);
		if (strvec_contains(&seen, text))
			continue;
		strvec_add(&seen, text);
		json_add_string(list, text);
	}
	return list;
}

/* Of the newest step. */
static const char *last_comment(const json *config)
{
	json *history = json_get(config, "history");
	size_t count = json_length(history);

	return json_string(count ? json_at(history, count - 1) : NULL, "comment", "");
}

/* The stored one, with what Docker shows also when it is not set. */
static json *describe_config(const json *stored)
{
	static const char unset[] =
		"{\"Cmd\":null,\"Entrypoint\":null,\"Env\":null,\"Labels\":null,"
		"\"OnBuild\":null,\"User\":\"\",\"Volumes\":null,\"WorkingDir\":\"\"}";
	json *value = describe_unset(unset), *config = json_get(stored, "config");

	if (!json_is_object(config))
		return value;
	json_each (name, member, config)
		json_set(value, name, json_object_get(member));
	return value;
}

/* Where the uppermost layer is, and those below it. */
static json *describe_driver(const struct engine *engine, const struct image *image)
{
	json *value = json_new_object(), *data = json_new_object();
	auto_strbuf struct strbuf lower = {0};
	size_t count = image->layer_count;

	for (size_t i = count; i-- > 1;)
		strbuf_printf(&lower, "%s%s/layers/%s/diff", lower.length ? ":" : "",
			      engine->layout.root, image->chain_ids[i - 1]);
	if (lower.length)
		json_set_string(data, "LowerDir", strbuf_text(&lower));
	for (size_t i = 0; count > 0 && i < array_length(layer_parts); i++) {
		auto_free char *path = alloc_format("%s/layers/%s/%s", engine->layout.root,
						    image->chain_ids[count - 1], layer_parts[i][1]);

		json_set_string(data, layer_parts[i][0], path);
	}
	json_set(value, "Data", data);
	json_set_string(value, "Name", "overlay2");
	return value;
}

static json *describe_root(const json *stored)
{
	json *value = json_new_object();

	json_set_string(value, "Type", "layers");
	json_set(value, "Layers", json_object_get(json_path(stored, "rootfs", "diff_ids", NULL)));
	return value;
}

/* What images of other makers say beside the configuration. */
static void set_origin(json *value, const struct image *image, const json *stored)
{
	json_set_string(value, "Id", image->id);
	json_set(value, "RepoTags", repository_tags(image));
	json_set(value, "RepoDigests", repository_digests(image));
	json_set_string(value, "Parent", "");
	json_set_string(value, "Comment", last_comment(stored));
	json_set_string(value, "Created", describe_text_or(image->created, ""));
	json_set_string(value, "DockerVersion", json_string(stored, "docker_version", ""));
	json_set_string(value, "Author", describe_text_or(image->author, ""));
	json_set(value, "Config", describe_config(stored));
}

json *describe_image(const struct engine *engine, const struct image *image, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	auto_json json *stored = NULL;
	json *value, *metadata;

	if (image_read_config(&engine->layout, image, &text, err) < 0)
		return NULL;
	stored = json_parse(strbuf_text(&text), text.length, image->id, err);
	if (!stored)
		return NULL;
	value = json_new_object();
	metadata = json_new_object();
	set_origin(value, image, stored);
	json_set_string(value, "Architecture", describe_text_or(image->architecture, ""));
	if (image->variant && *image->variant)
		json_set_string(value, "Variant", image->variant);
	json_set_string(value, "Os", describe_text_or(image->os, ""));
	json_set_int(value, "Size", image->size);
	json_set(value, "GraphDriver", describe_driver(engine, image));
	json_set(value, "RootFS", describe_root(stored));
	/* Nobody notes when a name was given. */
	json_set_string(metadata, "LastTagTime", "0001-01-01T00:00:00Z");
	json_set(value, "Metadata", metadata);
	return value;
}

json *describe_image_item(const struct image *image)
{
	json *item = json_new_object();

	json_set_string(item, "Id", image->id);
	json_set_string(item, "ParentId", "");
	json_set(item, "RepoTags", repository_tags(image));
	json_set(item, "RepoDigests", repository_digests(image));
	json_set_int(item, "Created", times_read(image->created).tv_sec);
	json_set_int(item, "Size", image->size);
	json_set_int(item, "SharedSize", -1);
	json_set(item, "Labels",
		 describe_unless_empty(pair_to_json(image->labels, image->label_count)));
	json_set_int(item, "Containers", -1);
	return item;
}

int describe_compare_ages(const void *a, const void *b)
{
	const struct image *left = a, *right = b;
	struct timespec one = times_read(left->created), two = times_read(right->created);

	return units_is_earlier(&two, &one)   ? -1
	       : units_is_earlier(&one, &two) ? 1
					      : strcmp(left->id, right->id);
}
