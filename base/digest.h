/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/digest.h - SHA-256 by nettle (which uses the CPU's SHA instructions where it has them).
 */
#pragma once

#include <nettle/sha2.h>
#include <stddef.h>

#define DIGEST_HEX_SIZE 65

struct digest {
	struct sha256_ctx state;
};

void digest_init(struct digest *hash);
void digest_add(struct digest *hash, const void *bytes, size_t length);
/* Writes 64 hexadecimal digits and NUL. The hash starts anew. */
void digest_finish(struct digest *hash, char hex[DIGEST_HEX_SIZE]);
/* All at once. */
void digest_hex(char hex[DIGEST_HEX_SIZE], const void *bytes, size_t length);
