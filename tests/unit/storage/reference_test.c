/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "storage/image/image.h"
#include "storage/reference.h"

#include <string.h>

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

TEST(normalizes_as_docker_does)
{
	static const char *const rows[][2] = {
		{"redis", "docker.io/library/redis:latest"},
		{"redis:7", "docker.io/library/redis:7"},
		{"user/app", "docker.io/user/app:latest"},
		{"docker.io/redis", "docker.io/library/redis:latest"},
		{"index.docker.io/user/app:1", "docker.io/user/app:1"},
		{"localhost/app", "localhost/app:latest"},
		{"localhost:5000/app:x", "localhost:5000/app:x"},
		{"example.com/a/b/c:1.0-rc_1", "example.com/a/b/c:1.0-rc_1"},
		{"[::1]:5000/app", "[::1]:5000/app:latest"},
		{"HOST/app", "HOST/app:latest"},
		{"a__b/c--d", "docker.io/a__b/c--d:latest"},
		{"redis@sha256:" HEX, "docker.io/library/redis@sha256:" HEX},
		{"redis:7@sha256:" HEX, "docker.io/library/redis@sha256:" HEX},
	};

	for (size_t i = 0; i < array_length(rows); i++) {
		struct error err = {0};
		auto_free char *full = reference_normalize(rows[i][0], &err);
		auto_free char *again = NULL;

		if (!full)
			fail_msg("%s: %s", rows[i][0], err.text);
		CHECK_TEXT(full, rows[i][1]);
		again = reference_normalize(full, &err);
		CHECK_TEXT(again, full);
	}
}

TEST(refuses_what_docker_refuses)
{
	static const char *const rows[] = {
		"",
		":x",
		"@sha256:" HEX,
		"Redis",
		"a/B",
		"a//b",
		"/a",
		"a/",
		"-a",
		"a-",
		"a..b",
		"a___b",
		"a:",
		"a:.x",
		"a:-x",
		"a:x/y:z@",
		"a b",
		"a\nb",
		"../a",
		"a/../b",
		"a@sha256:",
		"a@sha256:" HEX "0",
		"a@sha512:" HEX,
		"a@SHA256:" HEX,
		HEX,
		"host:port/a",
		"exa mple.com/a",
		"a:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	};

	for (size_t i = 0; i < array_length(rows); i++) {
		struct error err = {0};
		auto_free char *full = reference_normalize(rows[i], &err);

		if (full)
			fail_msg("'%s' became '%s'", rows[i], full);
		CHECK_INT(err.code, ERROR_INVALID);
	}
}

TEST(the_familiar_form_means_the_same)
{
	static const char *const rows[][2] = {
		{"docker.io/library/redis:7", "redis:7"},
		{"docker.io/user/app:1", "user/app:1"},
		{"localhost/app:1", "localhost/app:1"},
		{"docker.io/library/redis@sha256:" HEX, "redis@sha256:" HEX},
		{"docker.io/host.tld/app:1", "docker.io/host.tld/app:1"},
	};

	for (size_t i = 0; i < array_length(rows); i++) {
		auto_free char *familiar = reference_familiar(rows[i][0]);
		auto_free char *full = reference_normalize(familiar, NULL);

		CHECK_TEXT(familiar, rows[i][1]);
		CHECK_TEXT(full, rows[i][0]);
	}
}

TEST(finds_the_repository)
{
	CHECK_INT(reference_repository_length("localhost:5000/app:1"), 18);
	CHECK_INT(reference_repository_length("localhost:5000/app@sha256:" HEX), 18);
}

TEST(digests_are_64_lower_case_digits_and_nothing_else)
{
	char hex[DIGEST_HEX_SIZE];

	CHECK(reference_parse_digest(hex, "sha256:" HEX, "x", NULL) == 0);
	CHECK_TEXT(hex, HEX);
	CHECK(reference_parse_digest(hex, "sha256:" HEX "a", "x", NULL) < 0);
	CHECK(reference_parse_digest(hex, "sha256:../../../../etc/passwd", "x", NULL) < 0);
	CHECK(reference_parse_digest(hex, "sha512:" HEX, "x", NULL) < 0);
	CHECK(reference_parse_digest(hex, HEX, "x", NULL) < 0);
	CHECK(reference_parse_digest(hex, "", "x", NULL) < 0);
	CHECK(reference_parse_digest(hex, NULL, "x", NULL) < 0);
	CHECK(reference_parse_digest(hex,
				     "sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef"
				     "0123456789abcdef",
				     "x", NULL) < 0);
}
