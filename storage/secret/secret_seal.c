/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/secret/secret_seal.h"

#include <nettle/base64.h>
#include <nettle/chacha-poly1305.h>
#include <nettle/memops.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"
#include "storage/secret/secret_key.h"

#define CIPHER	   "chacha20-poly1305"
#define NONCE_SIZE CHACHA_POLY1305_NONCE_SIZE
#define TAG_SIZE   CHACHA_POLY1305_DIGEST_SIZE

static char *encode(const void *bytes, size_t length)
{
	size_t size = BASE64_ENCODE_RAW_LENGTH(length);
	char *text = alloc_bytes(size + 1);

	base64_encode_raw(text, length, bytes);
	text[size] = '\0';
	return text;
}

/* malloc'ed; NULL when @text is not base64. */
static uint8_t *decode(const char *text, size_t *length)
{
	struct base64_decode_ctx context;
	auto_free uint8_t *bytes = alloc_bytes(BASE64_DECODE_LENGTH(strlen(text)) + 1);

	base64_decode_init(&context);
	*length = BASE64_DECODE_LENGTH(strlen(text));
	if (!base64_decode_update(&context, length, bytes, strlen(text), text) ||
	    !base64_decode_final(&context))
		return NULL;
	return take_ptr(bytes);
}

static void begin(struct chacha_poly1305_ctx *cipher, const struct secret_key *key,
		  const uint8_t *nonce, const char *kind, const struct secret_object *object)
{
	auto_free char *belongs = alloc_format("coracle 1 %s %s %s %zu", kind, object->name,
					       object->id, object->size);

	chacha_poly1305_set_key(cipher, key->bytes);
	chacha_poly1305_set_nonce(cipher, nonce);
	chacha_poly1305_update(cipher, strlen(belongs), (const uint8_t *)belongs);
}

static int seal_encrypted(json *document, const struct layout *layout, const char *kind,
			  const struct secret_object *object, struct error *err)
{
	auto_secret_key struct secret_key key = {0};
	struct chacha_poly1305_ctx cipher;
	uint8_t nonce[NONCE_SIZE];
	char hex[2 * NONCE_SIZE + 1];
	auto_free uint8_t *sealed = alloc_bytes(object->size + TAG_SIZE);
	auto_free char *text = NULL;

	if (secret_key_load(&key, layout, err) < 0)
		return -1;
	if (getrandom(nonce, sizeof(nonce), 0) != sizeof(nonce))
		return error_errno(err, "cannot get random bytes");
	begin(&cipher, &key, nonce, kind, object);
	chacha_poly1305_encrypt(&cipher, object->size, sealed, (const uint8_t *)object->bytes);
	chacha_poly1305_digest(&cipher, TAG_SIZE, sealed + object->size);
	explicit_bzero(&cipher, sizeof(cipher));
	units_format_hex(hex, nonce, sizeof(nonce));
	text = encode(sealed, object->size + TAG_SIZE);
	json_set_string(document, "cipher", CIPHER);
	json_set_string(document, "key", key.id);
	json_set_string(document, "nonce", hex);
	json_set_string(document, "data", text);
	return 0;
}

int secret_seal(json *document, const struct layout *layout, const char *kind,
		const struct secret_object *object, struct error *err)
{
	auto_free char *text = NULL;

	if (object->is_encrypted)
		return seal_encrypted(document, layout, kind, object, err);
	text = encode(object->bytes, object->size);
	json_set_string(document, "data", text);
	return 0;
}

static int damaged(struct error *err)
{
	return error_set(err, ERROR_INVALID,
			 "its file in the store is damaged: remove it and create it again");
}

static int parse_nonce(uint8_t nonce[NONCE_SIZE], const char *hex)
{
	if (strlen(hex) != 2 * (size_t)NONCE_SIZE ||
	    strspn(hex, "0123456789abcdef") != 2 * (size_t)NONCE_SIZE)
		return -1;
	for (size_t i = 0; i < NONCE_SIZE; i++) {
		const char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

		nonce[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return 0;
}

/* The tag is checked before anybody sees a byte. */
static int decrypt(const json *document, const struct layout *layout, const char *kind,
		   const struct secret_object *object, uint8_t *bytes, struct error *err)
{
	auto_secret_key struct secret_key key = {0};
	struct chacha_poly1305_ctx cipher;
	uint8_t nonce[NONCE_SIZE], tag[TAG_SIZE];
	bool is_genuine;

	if (strcmp(json_string(document, "cipher", ""), CIPHER) != 0)
		return error_set(err, ERROR_UNSUPPORTED, "its cipher '%.40s' is not known",
				 json_string(document, "cipher", ""));
	if (parse_nonce(nonce, json_string(document, "nonce", "")) < 0)
		return damaged(err);
	if (secret_key_find(&key, layout, json_string(document, "key", ""), err) < 0)
		return -1;
	begin(&cipher, &key, nonce, kind, object);
	chacha_poly1305_decrypt(&cipher, object->size, bytes, bytes);
	chacha_poly1305_digest(&cipher, TAG_SIZE, tag);
	explicit_bzero(&cipher, sizeof(cipher));
	is_genuine = memeql_sec(tag, bytes + object->size, TAG_SIZE);
	return is_genuine ? 0 : damaged(err);
}

int secret_open(const json *document, const struct layout *layout, const char *kind,
		struct secret_object *object, struct arena *arena, struct error *err)
{
	size_t length, extra = object->is_encrypted ? TAG_SIZE : 0;
	auto_free uint8_t *bytes = decode(json_string(document, "data", ""), &length);
	int result = 0;

	if (!bytes || !object->size || length < extra || length - extra != object->size)
		return damaged(err);
	if (object->is_encrypted)
		result = decrypt(document, layout, kind, object, bytes, err);
	if (result == 0)
		object->bytes = arena_string_n(arena, (const char *)bytes, object->size);
	explicit_bzero(bytes, length);
	return result;
}
