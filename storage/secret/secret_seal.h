/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/secret/secret_seal.h - a content into the document of secret_store, and out of it again.
 *
 * Encrypted: ChaCha20-Poly1305 (RFC 8439) with a random nonce; what the content belongs to (kind,
 * name, id, size) is authenticated with it, so that no content can be put in another's place.
 */
#pragma once

#include "base/json.h"
#include "storage/secret/secret_store.h"

/* Adds @object's bytes to @document, encrypted when @object says so. */
int secret_seal(json *document, const struct layout *layout, const char *kind,
		const struct secret_object *object, struct error *err);
/* Sets @object's bytes from @document; bytes[size] is NUL. */
int secret_open(const json *document, const struct layout *layout, const char *kind,
		struct secret_object *object, struct arena *arena, struct error *err);
