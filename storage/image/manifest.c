/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/manifest.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "storage/reference.h"

#define DOCKERS_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define DOCKERS_LAYER	 "application/vnd.docker.image.rootfs.diff.tar"

static const struct {
	const char *media_type;
	enum manifest_kind kind;
} media_types[] = {
	{MANIFEST_TYPE_INDEX, MANIFEST_INDEX},
	{"application/vnd.docker.distribution.manifest.list.v2+json", MANIFEST_INDEX},
	{MANIFEST_TYPE_MANIFEST, MANIFEST_IMAGE},
	{DOCKERS_MANIFEST, MANIFEST_IMAGE},
};

static int find_media_type(const char *text)
{
	for (size_t i = 0; i < array_length(media_types); i++)
		if (strcmp(media_types[i].media_type, text) == 0)
			return (int)media_types[i].kind;
	return -1;
}

int manifest_classify(const json *document, const char *media_type, enum manifest_kind *kind,
		      struct error *err)
{
	const char *own = json_string(document, "mediaType", "");
	bool has_layers = json_get(document, "layers") != NULL;
	bool has_manifests = json_get(document, "manifests") != NULL;
	int64_t version = json_int(document, "schemaVersion", 2);
	int claimed, stated;

	if (!json_is_object(document))
		return error_set(err, ERROR_INVALID, "the manifest is not a JSON object");
	if (version != 2)
		return error_set(err, ERROR_UNSUPPORTED, "schema version %jd is too old",
				 (intmax_t)version);
	if (has_layers && has_manifests)
		return error_set(err, ERROR_INVALID,
				 "the document is both an index and a manifest");
	if (!has_layers && !has_manifests)
		return error_set(err, ERROR_INVALID, "neither an index nor a manifest");
	*kind = has_manifests ? MANIFEST_INDEX : MANIFEST_IMAGE;
	claimed = find_media_type(media_type);
	stated = find_media_type(own);
	if ((*own && stated < 0) || (*media_type && claimed < 0))
		return error_set(err, ERROR_UNSUPPORTED, "media type '%.200s' is not an image",
				 *own && stated < 0 ? own : media_type);
	if ((*own && stated != (int)*kind) || (*media_type && claimed != (int)*kind))
		return error_set(err, ERROR_INVALID,
				 "the media type '%.200s' contradicts the content",
				 *own && stated != (int)*kind ? own : media_type);
	return 0;
}

int manifest_parse_descriptor(const json *value, struct descriptor *descriptor, struct arena *arena,
			      struct error *err)
{
	if (!json_is_object(value))
		return error_set(err, ERROR_INVALID, "a descriptor is not a JSON object");
	if (reference_parse_digest(descriptor->hex, json_string(value, "digest", ""), "descriptor",
				   err) < 0)
		return -1;
	descriptor->size = json_int(value, "size", -1);
	if (descriptor->size < 0)
		return error_set(err, ERROR_INVALID, "descriptor sha256:%.12s has no size",
				 descriptor->hex);
	descriptor->media_type = arena_string(arena, json_string(value, "mediaType", ""));
	return 0;
}

int manifest_parse(const json *document, struct manifest *manifest, struct arena *arena,
		   struct error *err)
{
	json *layers = json_get(document, "layers");

	if (manifest_parse_descriptor(json_get(document, "config"), &manifest->config, arena, err) <
	    0)
		return error_wrap(err, "config");
	if (!json_is_array(layers))
		return error_set(err, ERROR_INVALID, "the manifest has no list of layers");
	manifest->layer_count = json_length(layers);
	if (manifest->layer_count > MANIFEST_MOST_LAYERS)
		return error_set(err, ERROR_INVALID, "%zu layers are more than %d",
				 manifest->layer_count, MANIFEST_MOST_LAYERS);
	manifest->layers = arena_array(arena, manifest->layer_count, sizeof(*manifest->layers));
	for (size_t i = 0; i < manifest->layer_count; i++)
		if (manifest_parse_descriptor(json_at(layers, i), manifest->layers + i, arena,
					      err) < 0)
			return error_wrap(err, "layer %zu", i + 1);
	return 0;
}

void manifest_chain(char chain[DIGEST_HEX_SIZE], const char *parent, const char *diff)
{
	char text[2 * 72 + 1];

	if (parent)
		snprintf(text, sizeof(text), "sha256:%.64s sha256:%.64s", parent, diff);
	if (parent)
		digest_hex(chain, text, strlen(text));
	else
		memcpy(chain, diff, DIGEST_HEX_SIZE);
}

int manifest_parse_rootfs(const json *config, char ***diff_ids, char ***chain_ids, size_t *count,
			  struct arena *arena, struct error *err)
{
	json *rootfs = json_get(config, "rootfs");
	json *list = json_get(rootfs, "diff_ids");
	char chain[DIGEST_HEX_SIZE];

	if (strcmp(json_string(rootfs, "type", "layers"), "layers") != 0)
		return error_set(err, ERROR_UNSUPPORTED, "the config's rootfs is not of layers");
	if (list && !json_is_array(list))
		return error_set(err, ERROR_INVALID, "the config's diff_ids are not a list");
	*count = json_length(list);
	if (*count > MANIFEST_MOST_LAYERS)
		return error_set(err, ERROR_INVALID, "%zu layers are more than %d", *count,
				 MANIFEST_MOST_LAYERS);
	*diff_ids = arena_array(arena, *count + 1, sizeof(char *));
	*chain_ids = arena_array(arena, *count + 1, sizeof(char *));
	for (size_t i = 0; i < *count; i++) {
		char diff[DIGEST_HEX_SIZE];

		if (reference_parse_digest(diff, json_string_at(list, i), "diff id", err) < 0)
			return -1;
		manifest_chain(chain, i ? chain : NULL, diff);
		(*diff_ids)[i] = arena_string(arena, diff);
		(*chain_ids)[i] = arena_string(arena, chain);
	}
	return 0;
}

/* Other names for the same, as containerd normalises them. */
static const struct {
	const char *architecture, *variant, *normal, *normal_variant;
} synonyms[] = {
	{"x86_64", NULL, "amd64", ""},	{"x86-64", NULL, "amd64", ""}, {"amd64", "v1", "amd64", ""},
	{"aarch64", NULL, "arm64", ""}, {"arm64", "v8", "arm64", ""},  {"arm64", "8", "arm64", ""},
	{"armhf", NULL, "arm", "v7"},	{"armel", NULL, "arm", "v6"},  {"arm", "", "arm", "v7"},
	{"i386", NULL, "386", ""},	{"i686", NULL, "386", ""},
};

void manifest_parse_platform(const json *value, struct platform *platform, struct arena *arena)
{
	const char *architecture = json_string(value, "architecture", "");
	const char *variant = json_string(value, "variant", "");

	for (size_t i = 0; i < array_length(synonyms); i++)
		if (strcmp(synonyms[i].architecture, architecture) == 0 &&
		    (!synonyms[i].variant || strcmp(synonyms[i].variant, variant) == 0)) {
			architecture = synonyms[i].normal;
			variant = synonyms[i].normal_variant;
			break;
		}
	*platform = (struct platform){
		.os = arena_string(arena, json_string(value, "os", "")),
		.architecture = arena_string(arena, architecture),
		.variant = arena_string(arena, variant),
	};
}

/* The microarchitecture levels of x86-64 psABI 3.1.1. */
static const char *amd64_level(void)
{
#ifdef __x86_64__
	__builtin_cpu_init();
	if (!__builtin_cpu_supports("sse4.2") || !__builtin_cpu_supports("popcnt"))
		return "";
	if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi2") ||
	    !__builtin_cpu_supports("fma"))
		return "v2";
	return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") ? "v4"
											: "v3";
#else
	return "";
#endif
}

void manifest_host_platform(struct platform *platform)
{
	static struct utsname name;
	bool is_amd64, is_arm64;

	uname(&name);
	is_amd64 = strcmp(name.machine, "x86_64") == 0;
	is_arm64 = strcmp(name.machine, "aarch64") == 0;
	*platform = (struct platform){
		.os = "linux",
		.architecture = is_amd64   ? "amd64"
				: is_arm64 ? "arm64"
					   : name.machine,
		.variant = is_amd64 ? amd64_level() : "",
	};
}

void manifest_name_platform(struct platform *platform, const char *text, struct arena *arena)
{
	static const char *const systems[] = {"linux", "windows", "darwin", "freebsd"};
	auto_json json *value = json_new_object();
	const char *slash = text ? strchr(text, '/') : NULL;
	const char *second = slash ? strchr(slash + 1, '/') : NULL;
	bool is_system = slash != NULL;

	if (!text || !*text) {
		manifest_host_platform(platform);
		return;
	}
	for (size_t i = 0; i < array_length(systems); i++)
		is_system |= strcmp(text, systems[i]) == 0;
	if (!is_system) {
		json_set_string(value, "architecture", text);
	} else {
		json_set_string(value, "os",
				slash ? arena_string_n(arena, text, (size_t)(slash - text)) : text);
		if (slash)
			json_set_string(value, "architecture",
					second ? arena_string_n(arena, slash + 1,
								(size_t)(second - slash - 1))
					       : slash + 1);
		if (second)
			json_set_string(value, "variant", second + 1);
	}
	manifest_parse_platform(value, platform, arena);
	if (!*platform->os)
		platform->os = "linux";
	if (!*platform->architecture) {
		struct platform host;

		manifest_host_platform(&host);
		platform->architecture = host.architecture;
		platform->variant = host.variant;
	}
}

/* "v7" -> 7, "" -> what the architecture means by nothing. */
static int variant_number(const char *variant, int fallback)
{
	return variant[0] == 'v' && variant[1] >= '1' && variant[1] <= '9' ? variant[1] - '0'
									   : fallback;
}

int manifest_rate_platform(const struct platform *platform, const struct platform *host)
{
	bool is_amd64 = strcmp(host->architecture, "amd64") == 0;
	bool is_arm64 = strcmp(host->architecture, "arm64") == 0;
	int fallback = is_arm64 ? 8 : 1;
	int level = variant_number(host->variant, fallback);
	int wanted = variant_number(platform->variant, fallback);

	if (*platform->os && strcmp(platform->os, host->os) != 0)
		return 0;
	if (strcmp(platform->architecture, host->architecture) == 0)
		/* A kernel for arm64 does not tell its level: take v9 only when nothing else is. */
		return wanted <= level ? 100 + wanted : is_arm64 ? 50 : 0;
	if (is_amd64 && strcmp(platform->architecture, "386") == 0)
		return 20;
	if (is_arm64 && strcmp(platform->architecture, "arm") == 0)
		return 10 + variant_number(platform->variant, 7);
	return 0;
}

bool manifest_is_attestation(const json *descriptor)
{
	json *platform = json_get(descriptor, "platform");

	return json_path(descriptor, "annotations", "vnd.docker.reference.type", NULL) ||
	       (strcmp(json_string(platform, "os", ""), "unknown") == 0 &&
		strcmp(json_string(platform, "architecture", ""), "unknown") == 0);
}

const char *manifest_layer_type(const char *media_type)
{
	if (strstr(media_type, "gzip"))
		return MANIFEST_TYPE_LAYER "+gzip";
	return strstr(media_type, "zstd") ? MANIFEST_TYPE_LAYER "+zstd" : MANIFEST_TYPE_LAYER;
}

json *manifest_make_descriptor(const char *media_type, const char *hex, int64_t size)
{
	json *value = json_new_object();
	char digest[80];

	snprintf(digest, sizeof(digest), "sha256:%s", hex);
	json_set_string(value, "mediaType", media_type);
	json_set_string(value, "digest", digest);
	json_set_int(value, "size", size);
	return value;
}

/* In a manifest of Docker's the types of layers are Docker's, too. */
static json *make_layer(const struct descriptor *layer, bool is_dockers)
{
	const char *compression = strchr(layer->media_type, '+');
	auto_free char *type = alloc_format(DOCKERS_LAYER "%s%s", compression ? "." : "",
					    compression ? compression + 1 : "");

	return manifest_make_descriptor(is_dockers ? type : layer->media_type, layer->hex,
					layer->size);
}

void manifest_set_layers(json *document, const struct descriptor *layers, size_t count)
{
	bool is_dockers = strcmp(json_string(document, "mediaType", ""), DOCKERS_MANIFEST) == 0;
	const json *before = json_get(document, "layers");
	json *list = json_new_array();

	for (size_t i = 0; i < count; i++) {
		json *old = json_at(before, i);
		const char *digest = json_string(old, "digest", "");

		if (strncmp(digest, "sha256:", 7) == 0 && strcmp(digest + 7, layers[i].hex) == 0)
			json_add(list, json_object_get(old));
		else
			json_add(list, make_layer(layers + i, is_dockers));
	}
	json_set(document, "layers", list);
}
