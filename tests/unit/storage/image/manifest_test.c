/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

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
