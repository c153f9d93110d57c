/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_reference.c - image references: what is accepted is stable.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "storage/image/image.h"
#include "storage/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	auto_free char *text = alloc_string_n((const char *)bytes, length);
	auto_free char *full = reference_normalize(text, NULL);
	auto_free char *again = NULL;
	auto_free char *familiar = NULL;
	auto_free char *back = NULL;
	char hex[DIGEST_HEX_SIZE];

	if (reference_parse_digest(hex, text, "fuzz", NULL) == 0)
		assert(strlen(hex) == 64 && reference_is_hex(hex, 64));
	if (!full)
		return 0;
	again = reference_normalize(full, NULL);
	assert(again && strcmp(again, full) == 0);
	familiar = reference_familiar(full);
	back = reference_normalize(familiar, NULL);
	assert(back && strcmp(back, full) == 0);
	assert(reference_repository_length(full) < strlen(full));
	return 0;
}
