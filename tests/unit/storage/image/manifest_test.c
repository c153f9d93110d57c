/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "storage/image/image.h"
#include "storage/image/manifest.h"

#include <string.h>

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OCI "application/vnd.oci.image."

static int classify(const char *text, const char *media_type, enum manifest_kind *kind)
{
	auto_json json *document = json_parse(text, strlen(text), "test", NULL);

	return document ? manifest_classify(document, media_type, kind, NULL) : -1;
}

TEST(a_document_is_an_index_or_a_manifest_and_never_both)
{
	static const struct {
		const char *text, *media_type;
		int kind; /* -1: refused */
	} rows[] = {
		{"{\"layers\":[]}", "", MANIFEST_IMAGE},
		{"{\"manifests\":[]}", "", MANIFEST_INDEX},
		{"{\"manifests\":[]}", OCI "index.v1+json", MANIFEST_INDEX},
		{"{\"layers\":[]}", "application/vnd.docker.distribution.manifest.v2+json",
		 MANIFEST_IMAGE},
		{"{\"layers\":[],\"manifests\":[]}", "", -1},
		{"{\"manifests\":[]}", OCI "manifest.v1+json", -1},
		{"{\"layers\":[]}", OCI "index.v1+json", -1},
		{"{\"mediaType\":\"" OCI "index.v1+json\",\"layers\":[]}", "", -1},
		{"{\"mediaType\":\"text/plain\",\"layers\":[]}", "", -1},
		{"{\"layers\":[]}", "text/plain", -1},
		{"{\"schemaVersion\":1,\"layers\":[]}", "", -1},
		{"{\"layers\":[],\"layers\":[]}", "", -1},
		{"{}", "", -1},
		{"[]", "", -1},
	};

	for (size_t i = 0; i < array_length(rows); i++) {
		enum manifest_kind kind = MANIFEST_INDEX;
		int result = classify(rows[i].text, rows[i].media_type, &kind);

		if ((result < 0) != (rows[i].kind < 0) ||
		    (result == 0 && (int)kind != rows[i].kind))
			fail_msg("row %zu: %s", i, rows[i].text);
	}
}

TEST(chain_ids_are_those_of_the_specification)
{
	static const char text[] = "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" HEX
				   "\",\"sha256:" HEX "\"]}}";
	auto_json json *config = json_parse(text, strlen(text), "test", NULL);
	auto_arena struct arena arena = {0};
	char **diff_ids, **chain_ids;
	char expected[DIGEST_HEX_SIZE];
	size_t count;

	CHECK(manifest_parse_rootfs(config, &diff_ids, &chain_ids, &count, &arena, NULL) == 0);
	CHECK_INT(count, 2);
	CHECK_TEXT(chain_ids[0], HEX);
	digest_hex(expected, "sha256:" HEX " sha256:" HEX, 2 * 71 + 1);
	CHECK_TEXT(chain_ids[1], expected);
	CHECK(!chain_ids[2]);
}

static int rate(const char *os, const char *architecture, const char *variant, const char *host,
		const char *host_variant)
{
	auto_json json *value = json_new_object();
	auto_arena struct arena arena = {0};
	struct platform platform, of_host = {"linux", host, host_variant};

	json_set_string(value, "os", os);
	json_set_string(value, "architecture", architecture);
	json_set_string(value, "variant", variant);
	manifest_parse_platform(value, &platform, &arena);
	return manifest_rate_platform(&platform, &of_host);
}

TEST(platforms_are_preferred_as_containerd_does)
{
	CHECK(rate("linux", "amd64", "v3", "amd64", "v3") >
	      rate("linux", "amd64", "", "amd64", "v3"));
	CHECK(rate("linux", "amd64", "", "amd64", "v3") > rate("linux", "386", "", "amd64", "v3"));
	CHECK_INT(rate("linux", "amd64", "v4", "amd64", "v3"), 0);
	CHECK_INT(rate("windows", "amd64", "", "amd64", "v3"), 0);
	CHECK_INT(rate("linux", "arm64", "", "amd64", "v3"), 0);
	CHECK(rate("linux", "x86_64", NULL, "amd64", "") > 0);
	CHECK(rate("linux", "arm64", "v8", "arm64", "") ==
	      rate("linux", "aarch64", "", "arm64", ""));
	CHECK(rate("linux", "arm", "v7", "arm64", "") > rate("linux", "arm", "v6", "arm64", ""));
	CHECK(rate("linux", "arm64", "", "arm64", "") > rate("linux", "arm", "v7", "arm64", ""));
}

static int parse_config(const char *text, struct image *image, struct arena *arena)
{
	auto_json json *config = json_parse(text, strlen(text), "test", NULL);

	return config ? manifest_parse_config(config, image, arena, NULL) : -1;
}

TEST(null_and_wrong_types_are_as_good_as_absent)
{
	auto_arena struct arena arena = {0};
	struct image image = {0};

	CHECK(parse_config("{\"config\":null}", &image, &arena) == 0);
	image = (struct image){0};
	CHECK(parse_config("{\"config\":{\"Env\":null,\"Cmd\":\"x\",\"Labels\":[],\"Volumes\":[1],"
			   "\"User\":5,\"ExposedPorts\":\"80\",\"Healthcheck\":[],\"Entrypoint\":"
			   "[1,null,\"a\"]},\"rootfs\":{\"diff_ids\":null}}",
			   &image, &arena) == 0);
	CHECK(!image.env && !image.cmd && !image.labels && !image.user && !image.healthcheck.test);
	CHECK_TEXT(image.entrypoint[0], "a");
	CHECK(!image.entrypoint[1]);
	CHECK(parse_config("[]", &image, &arena) < 0);
	CHECK(parse_config("{\"rootfs\":{\"diff_ids\":[\"x\"]}}", &image, &arena) < 0);
	CHECK(parse_config("{\"rootfs\":{\"diff_ids\":[5]}}", &image, &arena) < 0);
	CHECK(parse_config("{\"rootfs\":{\"type\":\"magic\"}}", &image, &arena) < 0);
}

TEST(reads_a_health_check)
{
	auto_arena struct arena arena = {0};
	struct image image = {0};

	CHECK(parse_config("{\"config\":{\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"],\"Interval\":"
			   "30000000000,\"Retries\":3}}}",
			   &image, &arena) == 0);
	CHECK_TEXT(image.healthcheck.test[1], "x");
	CHECK(image.healthcheck.interval_ns == 30000000000);
	CHECK_INT(image.healthcheck.retries, 3);
}

/* The types of the layers of a manifest of which the second layer has become another blob. */
static void check_types(const char *type, const char *compression, const char *wanted)
{
	auto_json json *document = json_new_object();
	struct descriptor layers[2] = {{.size = 1}, {.size = 2}};
	auto_free char *other = alloc_format(MANIFEST_TYPE_LAYER "%s", compression);
	json *list = json_new_array(), *first;

	memset(layers[0].hex, 'a', 64);
	memset(layers[1].hex, 'b', 64);
	layers[0].media_type = layers[1].media_type = other;
	first = manifest_make_descriptor("its/own", layers[0].hex, 1);
	json_set_string(first, "kept", "yes");
	json_add(list, first);
	json_add(list, manifest_make_descriptor("its/own", layers[0].hex, 1));
	json_set_string(document, "mediaType", type);
	json_set(document, "layers", list);
	manifest_set_layers(document, layers, 2);
	list = json_get(document, "layers");
	CHECK_INT(json_length(list), 2);
	CHECK_TEXT(json_string(json_at(list, 0), "mediaType", ""), "its/own");
	CHECK_TEXT(json_string(json_at(list, 0), "kept", ""), "yes");
	CHECK_TEXT(json_string(json_at(list, 1), "mediaType", ""), wanted);
	CHECK(strncmp(json_string(json_at(list, 1), "digest", ""), "sha256:bbbb", 11) == 0);
	CHECK_INT(json_int(json_at(list, 1), "size", 0), 2);
}

TEST(another_blob_of_a_layer_has_a_type_of_its_manifests_kind)
{
	static const char dockers[] = "application/vnd.docker.distribution.manifest.v2+json";

	check_types(MANIFEST_TYPE_MANIFEST, "+zstd", MANIFEST_TYPE_LAYER "+zstd");
	check_types(MANIFEST_TYPE_MANIFEST, "", MANIFEST_TYPE_LAYER);
	check_types(dockers, "+gzip", "application/vnd.docker.image.rootfs.diff.tar.gzip");
	check_types(dockers, "", "application/vnd.docker.image.rootfs.diff.tar");
}
