/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/storage/image/image_maker.h - small images for tests, as archives in memory.
 */
#pragma once

#include "base/arena.h"
#include "base/digest.h"
#include "storage/image/image.h"
#include "tests/unit/storage/tar_maker.h"

struct made_image {
	struct strbuf layers[8], config, manifest;
	char layer_hex[8][65], diff_hex[8][65], config_hex[65], manifest_hex[65];
	size_t layer_count;
};

#define auto_made __attribute__((cleanup(made_release)))

static inline void made_release(struct made_image *made)
{
	for (size_t i = 0; i < made->layer_count; i++)
		strbuf_release(made->layers + i);
	strbuf_release(&made->config);
	strbuf_release(&made->manifest);
}

static inline void made_add_layer(struct made_image *made, const struct tar_entry *entries)
{
	struct strbuf *tar = made->layers + made->layer_count;

	tar_make(tar, entries);
	digest_hex(made->layer_hex[made->layer_count], tar->text, tar->length);
	memcpy(made->diff_hex[made->layer_count], made->layer_hex[made->layer_count], 65);
	made->layer_count++;
}

static inline void made_finish(struct made_image *made, const char *config)
{
	strbuf_clear(&made->config);
	strbuf_clear(&made->manifest);
	strbuf_printf(
		&made->config,
		"{\"architecture\":\"%s\",\"os\":\"linux\",\"config\":{%s},\"rootfs\":{\"type\":"
		"\"layers\",\"diff_ids\":[",
		sizeof(void *) == 8 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#ifdef __aarch64__
			? "arm64"
#else
			? "amd64"
#endif
			: "other",
		config);
	for (size_t i = 0; i < made->layer_count; i++)
		strbuf_printf(&made->config, "%s\"sha256:%s\"", i ? "," : "", made->diff_hex[i]);
	strbuf_add(&made->config, "]}}");
	digest_hex(made->config_hex, made->config.text, made->config.length);
	strbuf_printf(&made->manifest,
		      "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/vnd.oci.image."
		      "config.v1+json\",\"digest\":\"sha256:%s\",\"size\":%zu},\"layers\":[",
		      made->config_hex, made->config.length);
	for (size_t i = 0; i < made->layer_count; i++)
		strbuf_printf(
			&made->manifest,
			"%s{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"digest\":"
			"\"sha256:%s\",\"size\":%zu}",
			i ? "," : "", made->layer_hex[i], made->layers[i].length);
	strbuf_add(&made->manifest, "]}");
	digest_hex(made->manifest_hex, made->manifest.text, made->manifest.length);
}

static inline void made_add_blob(struct strbuf *tar, const char *hex, const struct strbuf *bytes)
{
	char name[96];

	snprintf(name, sizeof(name), "blobs/sha256/%s", hex);
	tar_add_bytes(tar, &(struct tar_entry){.type = '0', .name = name}, bytes->text,
		      bytes->length);
}

static inline void made_add_blobs(struct strbuf *tar, const struct made_image *made)
{
	for (size_t i = 0; i < made->layer_count; i++)
		made_add_blob(tar, made->layer_hex[i], made->layers + i);
	made_add_blob(tar, made->config_hex, &made->config);
	made_add_blob(tar, made->manifest_hex, &made->manifest);
}

/* @index: the entries of "manifests". */
static inline void made_add_index(struct strbuf *tar, const char *index)
{
	auto_strbuf struct strbuf text = {0};

	strbuf_printf(&text, "{\"schemaVersion\":2,\"manifests\":[%s]}", index);
	tar_add(tar, &(struct tar_entry){'0', "index.json", text.text});
	tar_add(tar, &(struct tar_entry){'0', "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}"});
}

/* An OCI archive with the index last, as a stream may have it. */
static inline void made_oci(struct strbuf *tar, const struct made_image *made, const char *name)
{
	auto_strbuf struct strbuf entry = {0};

	made_add_blobs(tar, made);
	strbuf_printf(&entry,
		      "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":"
		      "\"sha256:%s\",\"size\":%zu",
		      made->manifest_hex, made->manifest.length);
	if (name)
		strbuf_printf(&entry, ",\"annotations\":{\"io.containerd.image.name\":\"%s\"}",
			      name);
	strbuf_add(&entry, "}");
	made_add_index(tar, entry.text);
	tar_end(tar);
}

static inline int made_load(const struct layout *layout, const struct strbuf *tar, const char *name,
			    struct error *err)
{
	auto_close int fd = tar_open(tar->text, tar->length);
	auto_arena struct arena arena = {0};
	struct image_load request = {.fd = fd, .name = name};
	char **loaded;

	return image_load(layout, &request, &loaded, &arena, err);
}
