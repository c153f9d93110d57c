/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/load_image.h"

#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strbuf.h"

json *load_image_read_json(struct load_images *images, const struct blob_file *file,
			   const char *what, struct error *err)
{
	auto_strbuf struct strbuf text = {0};

	if (load_source_read_document(images->source, file, &text, err) < 0)
		return NULL;
	return json_parse(strbuf_text(&text), text.length, what, err);
}

void load_image_add_name(struct load_images *images, struct load_image *image, const char *full)
{
	for (size_t i = 0; i < image->name_count; i++)
		if (strcmp(image->names[i], full) == 0)
			return;
	image->names = arena_grow(images->arena, image->names, image->name_count, sizeof(char *));
	image->names[image->name_count++] = arena_string(images->arena, full);
}

int load_image_read_config(struct load_images *images, struct load_image *image, struct error *err)
{
	auto_json json *config =
		load_image_read_json(images, image->config_file, "image config", err);
	size_t count;

	if (!config)
		return -1;
	if (!json_is_object(config))
		return error_set(err, ERROR_INVALID, "the image config is not a JSON object");
	if (manifest_parse_rootfs(config, &image->diff_ids, &image->chain_ids, &count,
				  images->arena, err) < 0)
		return -1;
	if (count != image->layer_count)
		return error_set(err, ERROR_INVALID,
				 "the manifest has %zu layers, but the config %zu",
				 image->layer_count, count);
	manifest_parse_platform(config, &image->platform, images->arena);
	return 0;
}
