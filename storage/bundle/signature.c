/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/bundle/signature.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "registry/base64.h"

#include <fcntl.h>
#include <nettle/eddsa.h>
#include <string.h>

#define MOST_BYTES ((size_t)16 << 10)

/* What stands before the 32 bytes of a key: all of it is fixed (RFC 8410, section 7 and 4). */
static const uint8_t private_start[] = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
					0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
static const uint8_t public_start[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
				       0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

struct kind {
	const char *label, *advice;
	const uint8_t *start;
	size_t start_size;
};

static const struct kind private_kind = {
	"PRIVATE KEY", "'openssl genpkey -algorithm ed25519 -out key.pem' makes one", private_start,
	sizeof(private_start)};
static const struct kind public_kind = {"PUBLIC KEY",
					"'openssl pkey -in key.pem -pubout -out key.pub' writes it",
					public_start, sizeof(public_start)};

/* The base64 between the two lines, without line ends; NULL: there is none. */
static char *find_body(const char *text, const char *label)
{
	auto_free char *begin = alloc_format("-----BEGIN %s-----", label);
	auto_free char *end = alloc_format("-----END %s-----", label);
	const char *from = strstr(text, begin), *to = from ? strstr(from, end) : NULL;
	struct strbuf body = {0};

	if (!to)
		return NULL;
	for (from += strlen(begin); from < to; from++)
		if (!strchr("\r\n", *from))
			strbuf_add_char(&body, *from);
	return strbuf_take(&body);
}

static int load_key(uint8_t key[SIGNATURE_KEY_SIZE], const char *path, const struct kind *kind,
		    struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	auto_free char *body = NULL, *bytes = NULL;
	size_t length = 0;

	if (file_read(AT_FDCWD, path, MOST_BYTES, &text, err) < 0)
		return -1;
	body = find_body(strbuf_text(&text), kind->label);
	bytes = body ? base64_decode(body, &length) : NULL;
	if (!bytes || length != kind->start_size + SIGNATURE_KEY_SIZE ||
	    memcmp(bytes, kind->start, kind->start_size) != 0)
		return error_set(err, ERROR_INVALID,
				 "'%s' is no Ed25519 key in PEM with the line BEGIN %s: %s", path,
				 kind->label, kind->advice);
	memcpy(key, bytes + kind->start_size, SIGNATURE_KEY_SIZE);
	explicit_bzero(bytes, length);
	explicit_bzero(body, strlen(body));
	explicit_bzero(text.text, text.length);
	return 0;
}

int signature_load_private(uint8_t key[SIGNATURE_KEY_SIZE], const char *path, struct error *err)
{
	return load_key(key, path, &private_kind, err);
}

int signature_load_public(uint8_t key[SIGNATURE_KEY_SIZE], const char *path, struct error *err)
{
	return load_key(key, path, &public_kind, err);
}

void signature_make(uint8_t signature[SIGNATURE_SIZE],
		    const uint8_t private_key[SIGNATURE_KEY_SIZE], const void *bytes, size_t length)
{
	uint8_t public_key[SIGNATURE_KEY_SIZE];

	ed25519_sha512_public_key(public_key, private_key);
	ed25519_sha512_sign(public_key, private_key, length, bytes, signature);
}

bool signature_is_good(const uint8_t signature[SIGNATURE_SIZE],
		       const uint8_t public_key[SIGNATURE_KEY_SIZE], const void *bytes,
		       size_t length)
{
	return ed25519_sha512_verify(public_key, length, bytes, signature) == 1;
}
