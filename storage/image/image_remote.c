/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/image_remote.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "registry/registry.h"
#include "storage/image/image.h"
#include "storage/image/layer_transfer.h"

#define MOST_DOCUMENTS 64 /* that one reference may lead to */
#define DEEPEST_INDEX  4
#define MOST_ENTRIES   ((size_t)10000)

bool image_is_for(const struct image *image, const char *platform)
{
	auto_arena struct arena arena = {0};
	struct platform wanted,
		own = {
			.os = image->os ? image->os : "",
			.architecture = image->architecture ? image->architecture : "",
			.variant = image->variant ? image->variant : "",
		};

	manifest_name_platform(&wanted, platform, &arena);
	return !*own.architecture || manifest_rate_platform(&own, &wanted) > 0;
}

static const char *platform_text(const struct platform *platform, struct arena *arena)
{
	return arena_format(arena, "%s/%s%s%s", *platform->os ? platform->os : "linux",
			    platform->architecture, *platform->variant ? "/" : "",
			    platform->variant);
}

static int stage(const struct image_remote *remote, const void *bytes, size_t length,
		 struct blob_file *file, struct error *err)
{
	auto_blob_writer struct blob_writer writer = {.fd = -1};

	if (blob_begin(&writer, remote->staging, file, err) < 0 ||
	    blob_write(&writer, bytes, length, err) < 0)
		return -1;
	blob_finish(&writer);
	return 0;
}

/* The config decides what the layers are and whether they are for this machine. */
static int read_config(struct image_remote *remote, json **config, struct error *err)
{
	const struct descriptor *descriptor = &remote->manifest.config;
	auto_strbuf struct strbuf text = {0};
	auto_json json *document = NULL;

	if (blob_read(remote->staging->layout, descriptor->hex, &text, NULL) < 0) {
		strbuf_clear(&text);
		if (layer_transfer_document(remote->registry, descriptor, &text, err) < 0)
			return error_wrap(err, "config sha256:%.12s", descriptor->hex);
	}
	document = json_parse(strbuf_text(&text), text.length, "the image config", err);
	if (!document ||
	    stage(remote, strbuf_text(&text), text.length, &remote->config_file, err) < 0)
		return -1;
	if (!json_is_object(document))
		return error_set(err, ERROR_INVALID, "the image config is not a JSON object");
	*config = take_ptr(document);
	return 0;
}

static int check_types(const struct image_remote *remote, struct error *err)
{
	static const char *const configs[] = {"", MANIFEST_TYPE_CONFIG,
					      "application/vnd.docker.container.image.v1+json",
					      "application/octet-stream"};
	const struct manifest *manifest = &remote->manifest;
	bool is_known = false;

	for (size_t i = 0; i < array_length(configs); i++)
		is_known |= strcmp(manifest->config.media_type, configs[i]) == 0;
	if (!is_known)
		return error_set(err, ERROR_UNSUPPORTED, "it is not a container image but '%.200s'",
				 manifest->config.media_type);
	for (size_t i = 0; i < manifest->layer_count; i++) {
		const char *type = manifest->layers[i].media_type;

		if (strstr(type, "nondistributable") || strstr(type, ".foreign."))
			return error_set(err, ERROR_UNSUPPORTED,
					 "layer %zu is '%.200s': its content is not in registries, "
					 "such images (of Windows) cannot be pulled",
					 i + 1, type);
		if (strstr(type, "+encrypted"))
			return error_set(err, ERROR_UNSUPPORTED,
					 "layer %zu is encrypted ('%.200s')", i + 1, type);
	}
	return 0;
}

/* For the message when there is nothing else. */
static void note_other(struct image_remote *remote, const struct platform *platform)
{
	const char *text = platform_text(platform, remote->arena);

	if (!remote->others)
		remote->others = text;
	else if (strlen(remote->others) < 400 && !strstr(remote->others, text))
		remote->others = arena_format(remote->arena, "%s, %s", remote->others, text);
}

/* 1: this is it. 0: it is for another platform, and @is_strict. */
static int take_manifest(struct image_remote *remote, const struct registry_document *document,
			 const json *parsed, bool is_strict, struct error *err)
{
	auto_json json *config = NULL;
	size_t count;

	if (manifest_parse(parsed, &remote->manifest, remote->arena, err) < 0 ||
	    check_types(remote, err) < 0 || read_config(remote, &config, err) < 0)
		return -1;
	manifest_parse_platform(config, &remote->platform, remote->arena);
	if (*remote->platform.architecture &&
	    manifest_rate_platform(&remote->platform, &remote->wanted) == 0) {
		if (is_strict) {
			note_other(remote, &remote->platform);
			return 0;
		}
		log_warning("%s is an image for %s only, not for %s", remote->name,
			    platform_text(&remote->platform, remote->arena),
			    platform_text(&remote->wanted, remote->arena));
	}
	if (manifest_parse_rootfs(config, &remote->diff_ids, &remote->chain_ids, &count,
				  remote->arena, err) < 0)
		return -1;
	if (count != remote->manifest.layer_count)
		return error_set(err, ERROR_INVALID,
				 "the manifest has %zu layers, but the config %zu",
				 remote->manifest.layer_count, count);
	return stage(remote, document->bytes, document->length, &remote->manifest_file, err) < 0
		       ? -1
		       : 1;
}

static int resolve(struct image_remote *remote, const struct descriptor *descriptor, bool is_strict,
		   int depth, struct error *err);

struct candidate {
	struct descriptor descriptor;
	int rate; /* 1: it does not say; 0: out */
};

static int rate_entry(struct image_remote *remote, const json *entry)
{
	json *value = json_get(entry, "platform");
	struct platform platform;
	int rate;

	if (manifest_is_attestation(entry))
		return 0;
	if (!json_is_object(value))
		return 1;
	manifest_parse_platform(value, &platform, remote->arena);
	if (!*platform.architecture)
		return 1;
	rate = manifest_rate_platform(&platform, &remote->wanted);
	if (rate == 0)
		note_other(remote, &platform);
	return rate;
}

static int none_suits(const struct image_remote *remote, struct error *err)
{
	return error_set(err, ERROR_NOT_FOUND, "no match for platform %s%s%.500s",
			 platform_text(&remote->wanted, remote->arena),
			 remote->others ? ": it is for " : "",
			 remote->others ? remote->others : "");
}

/* The first of the best; those that do not say are tried after all that do. */
static int choose(struct image_remote *remote, const json *index, int depth, struct error *err)
{
	json *list = json_get(index, "manifests");
	size_t count = json_length(list);
	struct candidate *candidates = arena_array(remote->arena, count + 1, sizeof(*candidates));

	if (depth >= DEEPEST_INDEX || count > MOST_ENTRIES)
		return error_set(err, ERROR_INVALID, "indexes are nested too deeply or too large");
	for (size_t i = 0; i < count; i++) {
		candidates[i].rate = rate_entry(remote, json_at(list, i));
		if (candidates[i].rate > 0 &&
		    manifest_parse_descriptor(json_at(list, i), &candidates[i].descriptor,
					      remote->arena, err) < 0)
			return -1;
	}
	for (;;) {
		struct candidate *best = candidates + count; /* of rate 0 */
		int result;

		for (size_t i = count; i-- > 0;)
			if (candidates[i].rate > 0 && candidates[i].rate >= best->rate)
				best = candidates + i;
		if (best->rate == 0)
			return 0;
		result = resolve(remote, &best->descriptor, best->rate == 1, depth + 1, err);
		if (result != 0)
			return result;
		best->rate = 0;
	}
}

static int read_document(struct image_remote *remote, const struct descriptor *descriptor,
			 const char *reference, struct registry_document *document,
			 struct error *err)
{
	if (++remote->asked > MOST_DOCUMENTS)
		return error_set(err, ERROR_INVALID, "it leads to more than %d documents",
				 MOST_DOCUMENTS);
	if (registry_get_manifest(remote->registry, reference, document, err) < 0)
		return -1;
	if (descriptor && (strcmp(document->hex, descriptor->hex) != 0 ||
			   document->length != (size_t)descriptor->size))
		return error_set(err, ERROR_INVALID,
				 "the registry sent %zu bytes with digest sha256:%s for "
				 "sha256:%s with %jd bytes",
				 document->length, document->hex, descriptor->hex,
				 (intmax_t)descriptor->size);
	return 0;
}

static int use_document(struct image_remote *remote, const struct registry_document *document,
			bool is_strict, int depth, struct error *err)
{
	auto_json json *parsed = json_parse(document->bytes, document->length, "the manifest", err);
	enum manifest_kind kind;
	int result;

	if (!parsed || manifest_classify(parsed, document->media_type ? document->media_type : "",
					 &kind, err) < 0)
		return -1;
	if (kind == MANIFEST_IMAGE)
		return take_manifest(remote, document, parsed, is_strict, err);
	result = choose(remote, parsed, depth, err);
	return result == 0 && depth == 0 ? none_suits(remote, err) : result;
}

static int resolve(struct image_remote *remote, const struct descriptor *descriptor, bool is_strict,
		   int depth, struct error *err)
{
	struct registry_document document = {0};
	char reference[80];
	int result;

	snprintf(reference, sizeof(reference), "sha256:%s", descriptor->hex);
	result = read_document(remote, descriptor, reference, &document, err);
	if (result == 0)
		result = use_document(remote, &document, is_strict, depth, err);
	registry_document_release(&document);
	return result;
}

int image_remote_resolve(struct image_remote *remote, const char *reference, struct error *err)
{
	struct registry_document document = {0};
	int result = read_document(remote, NULL, reference, &document, err);

	if (result == 0 && strncmp(reference, "sha256:", 7) == 0 &&
	    strcmp(document.hex, reference + 7) != 0)
		result = error_set(err, ERROR_INVALID,
				   "the registry sent a manifest with digest sha256:%s",
				   document.hex);
	if (result == 0) {
		memcpy(remote->origin_hex, document.hex, DIGEST_HEX_SIZE);
		result = use_document(remote, &document, false, 0, err);
	}
	registry_document_release(&document);
	return result < 0 ? -1 : 0;
}
