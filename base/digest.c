/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include "base/units.h"

void digest_init(struct digest *hash)
{
	nettle_sha256_init(&hash->state);
}

void digest_add(struct digest *hash, const void *bytes, size_t length)
{
	nettle_sha256_update(&hash->state, length, bytes);
}

void digest_finish(struct digest *hash, char hex[DIGEST_HEX_SIZE])
{
	unsigned char digest[SHA256_DIGEST_SIZE];

	nettle_sha256_digest(&hash->state, sizeof(digest), digest);
	units_format_hex(hex, digest, sizeof(digest));
}

void digest_hex(char hex[DIGEST_HEX_SIZE], const void *bytes, size_t length)
{
	struct digest hash;

	digest_init(&hash);
	digest_add(&hash, bytes, length);
	digest_finish(&hash, hex);
}
