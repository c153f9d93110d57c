/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/base64.h"

#include "base/alloc.h"

#include <nettle/base64.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

char *base64_encode(const char *bytes, size_t length)
{
	char *text = alloc_bytes(BASE64_ENCODE_RAW_LENGTH(length) + 1);

	base64_encode_raw(text, length, (const uint8_t *)bytes);
	text[BASE64_ENCODE_RAW_LENGTH(length)] = '\0';
	return text;
}

char *base64_decode(const char *text, size_t *length)
{
	struct base64_decode_ctx context;
	char *bytes = alloc_bytes(BASE64_DECODE_LENGTH(strlen(text)) + 1);

	*length = BASE64_DECODE_LENGTH(strlen(text));
	base64_decode_init(&context);
	if (!base64_decode_update(&context, length, (uint8_t *)bytes, strlen(text), text) ||
	    !base64_decode_final(&context)) {
		free(bytes);
		return NULL;
	}
	bytes[*length] = '\0';
	return bytes;
}
