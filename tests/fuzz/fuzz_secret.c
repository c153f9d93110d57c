/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_secret.c - documents of the secret store: what is opened has the size that it
 * says, and is sealed to the same again.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "storage/layout.h"
#include "storage/secret/secret_seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static char root[] = "/nowhere";
	const struct layout layout = {.root = root, .secrets_fd = -1, .configs_fd = -1};
	auto_arena struct arena arena = {0};
	auto_json json *document = json_parse((const char *)bytes, length, "fuzz", NULL);
	auto_json json *sealed = json_new_object();
	struct secret_object object = {.id = "i", .name = "n"}, second = object;
	struct error err = {0};

	if (!document)
		return 0;
	object.size = (size_t)json_int(document, "size", 0);
	object.is_encrypted = json_get(document, "cipher") != NULL;
	if (secret_open(document, &layout, "secret", &object, &arena, &err) < 0) {
		assert(err.text[0] && !object.bytes);
		return 0;
	}
	assert(object.bytes && object.bytes[object.size] == '\0' && !object.is_encrypted);
	assert(secret_seal(sealed, &layout, "secret", &object, &err) == 0);
	second.size = object.size;
	assert(secret_open(sealed, &layout, "secret", &second, &arena, &err) == 0);
	assert(memcmp(second.bytes, object.bytes, object.size) == 0);
	return 0;
}
