/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/certs.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "tests/harness/harness.h"

#include <string.h>

static void put(int dirfd, const char *name, const char *text)
{
	struct error err = {0};

	CHECK_OK(file_replace(dirfd, name, text, strlen(text), 0600, &err));
}

TEST(authorities_are_joined_and_a_certificate_has_its_key)
{
	auto_arena struct arena arena = {0};
	struct certs certs = {0};
	struct error err = {0};
	const char *path;
	int dirfd = test_directory(&path);

	put(dirfd, "b.crt", "BBB");
	put(dirfd, "a.crt", "AAA");
	put(dirfd, "client.cert", "CERT");
	put(dirfd, "client.key", "KEY");
	put(dirfd, "README", "x");
	CHECK_INT(certs_read(&certs, &arena, path, &err), 1);
	CHECK_TEXT(certs.ca, "AAA\nBBB\n");
	CHECK_TEXT(certs.certificate, "CERT");
	CHECK_TEXT(certs.key, "KEY");
}

TEST(a_certificate_without_a_key_is_a_mistake)
{
	auto_arena struct arena arena = {0};
	struct certs certs = {0};
	struct error err = {0};
	const char *path;
	int dirfd = test_directory(&path);

	put(dirfd, "client.cert", "CERT");
	CHECK(certs_read(&certs, &arena, path, &err) < 0);
	CHECK(strstr(err.text, "needs its key"));
}

TEST(no_directory_is_fine)
{
	auto_arena struct arena arena = {0};
	struct certs certs = {0};
	struct error err = {0};

	CHECK_INT(certs_read(&certs, &arena, "/nonexistent/certs.d/x", &err), 0);
	CHECK(!certs.ca);
}
