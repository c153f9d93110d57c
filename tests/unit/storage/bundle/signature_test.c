/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/bundle/signature.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"

#include "harness.h"

#include <string.h>

/* RFC 8032, section 7.1, TEST 2: its key as RFC 8410 writes keys. */
static const char private_pem[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7\n"
	"-----END PRIVATE KEY-----\n";
static const char public_pem[] = "-----BEGIN PUBLIC KEY-----\n"
				 "MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n"
				 "-----END PUBLIC KEY-----\n";
static const uint8_t wanted[] = {0x92, 0xa0, 0x09, 0xa9, 0xf0, 0xd4, 0xca, 0xb8, 0x72, 0x0e, 0x82,
				 0x0b, 0x5f, 0x64, 0x25, 0x40, 0xa2, 0xb2, 0x7b, 0x54, 0x16, 0x50,
				 0x3f, 0x8f, 0xb3, 0x76, 0x22, 0x23, 0xeb, 0xdb, 0x69, 0xda, 0x08,
				 0x5a, 0xc1, 0xe4, 0x3e, 0x15, 0x99, 0x6e, 0x45, 0x8f, 0x36, 0x13,
				 0xd0, 0xf1, 0x1d, 0x8c, 0x38, 0x7b, 0x2e, 0xae, 0xb4, 0x30, 0x2a,
				 0xee, 0xb0, 0x0d, 0x29, 0x16, 0x12, 0xbb, 0x0c, 0x00};

static void load(uint8_t private_key[SIGNATURE_KEY_SIZE], uint8_t public_key[SIGNATURE_KEY_SIZE])
{
	struct error err = {0};
	const char *path;
	int fd = test_directory(&path);
	char name[4096];

	CHECK_OK(file_replace(fd, "key", private_pem, strlen(private_pem), 0600, &err));
	CHECK_OK(file_replace(fd, "pub", public_pem, strlen(public_pem), 0600, &err));
	snprintf(name, sizeof(name), "%s/key", path);
	CHECK_OK(signature_load_private(private_key, name, &err));
	CHECK(signature_load_public(public_key, name, &err) < 0);
	CHECK(strstr(err.text, "openssl pkey"));
	snprintf(name, sizeof(name), "%s/pub", path);
	CHECK_OK(signature_load_public(public_key, name, &err));
	CHECK(signature_load_private(private_key + 0, name, &err) < 0);
}

TEST(signatures_are_those_of_rfc_8032)
{
	uint8_t private_key[SIGNATURE_KEY_SIZE], public_key[SIGNATURE_KEY_SIZE];
	uint8_t signature[SIGNATURE_SIZE];

	load(private_key, public_key);
	signature_make(signature, private_key, "\x72", 1);
	CHECK(memcmp(signature, wanted, sizeof(wanted)) == 0);
	CHECK(signature_is_good(signature, public_key, "\x72", 1));
	CHECK(!signature_is_good(signature, public_key, "\x73", 1));
	signature[0] ^= 1;
	CHECK(!signature_is_good(signature, public_key, "\x72", 1));
}
