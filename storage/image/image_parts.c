/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/image_parts.h"

#include "base/error.h"

void image_parts_release(struct image_parts *parts)
{
	strbuf_release(&parts->config);
	strbuf_release(&parts->manifest);
}

void image_parts_format(struct image_parts *parts)
{
	auto_json json *document = json_new_object();
	json *layers = json_new_array();

	strbuf_clear(&parts->config);
	json_print(&parts->config, parts->document, false);
	digest_hex(parts->config_hex, parts->config.text, parts->config.length);
	for (size_t i = 0; i < parts->layer_count; i++)
		json_add(layers,
			 manifest_make_descriptor(parts->layers[i].media_type, parts->layers[i].hex,
						  parts->layers[i].size));
	json_set_int(document, "schemaVersion", 2);
	json_set_string(document, "mediaType", MANIFEST_TYPE_MANIFEST);
	json_set(document, "config",
		 manifest_make_descriptor(MANIFEST_TYPE_CONFIG, parts->config_hex,
					  (int64_t)parts->config.length));
	json_set(document, "layers", layers);
	strbuf_clear(&parts->manifest);
	json_print(&parts->manifest, document, false);
	digest_hex(parts->manifest_hex, parts->manifest.text, parts->manifest.length);
}

static int stage(const struct staging *staging, const struct strbuf *text, struct blob_file *file,
		 struct error *err)
{
	auto_blob_writer struct blob_writer writer = {.fd = -1};

	if (blob_begin(&writer, staging, file, err) < 0 ||
	    blob_write(&writer, text->text, text->length, err) < 0)
		return -1;
	blob_finish(&writer);
	return 0;
}

int image_parts_stage(struct image_parts *parts, const struct staging *staging, struct error *err)
{
	if (stage(staging, &parts->config, &parts->config_file, err) < 0)
		return -1;
	return stage(staging, &parts->manifest, &parts->manifest_file, err);
}

int image_parts_commit(const struct image_parts *parts, const struct staging *staging,
		       struct error *err)
{
	if (blob_commit(staging, &parts->config_file, err) < 0)
		return -1;
	return blob_commit(staging, &parts->manifest_file, err);
}

struct image_index_entry image_parts_entry(const struct image_parts *parts, struct arena *arena)
{
	struct platform platform;

	manifest_parse_platform(parts->document, &platform, arena);
	return (struct image_index_entry){
		.hex = parts->manifest_hex,
		.size = (int64_t)parts->manifest.length,
		.os = *platform.os ? platform.os : "linux",
		.architecture = platform.architecture,
		.variant = *platform.variant ? platform.variant : NULL,
	};
}
