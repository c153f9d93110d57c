/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/secret/secret_store.h - door: secrets and configs that outlive projects (`external:
 * true`).
 *
 * Each is one file, ROOT/secrets/NAME.json or ROOT/configs/NAME.json, 0600, with its description
 * and its content: in base64, or as ChaCha20-Poly1305 makes of it with a key of storage/secret_key.
 * It never changes: a new content is a removal and a creation.
 */
#pragma once

#include "base/pair.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;
struct layout;

enum secret_kind { SECRET_STORE_SECRET, SECRET_STORE_CONFIG };

struct secret_object {
	const char *id, *name, *created;
	struct pair *labels;
	size_t label_count;
	const char *bytes; /* only where the content was asked for */
	size_t size;
	bool is_encrypted;
};

/* "secret", "config" */
const char *secret_store_kind(enum secret_kind kind);
/* Are new ones encrypted without being asked for? See secret_key_is_wanted. */
bool secret_store_always_encrypts(void);
/* Stores @object's name, labels and bytes, fills the rest. ERROR_CONFLICT: the name is taken.
 * ERROR_INVALID: the name, or an empty or too large content. */
int secret_store_create(const struct layout *layout, enum secret_kind kind,
			struct secret_object *object, struct arena *arena, struct error *err);
/* By name, id, or an id's unambiguous beginning, without the content. ERROR_NOT_FOUND. */
int secret_store_find(const struct layout *layout, enum secret_kind kind, const char *name,
		      struct secret_object *object, struct arena *arena, struct error *err);
/* By name, with the content. A wrong key or a damaged file is an error, never another content. */
int secret_store_read(const struct layout *layout, enum secret_kind kind, const char *name,
		      struct secret_object *object, struct arena *arena, struct error *err);
/* Sorted by name. A damaged one is warned of and left out. */
int secret_store_list(const struct layout *layout, enum secret_kind kind,
		      struct secret_object **objects, size_t *count, struct arena *arena,
		      struct error *err);
/* By name. The caller has checked that nobody uses it. */
int secret_store_remove(const struct layout *layout, enum secret_kind kind, const char *name,
			struct error *err);

/* A digest of a content by which a change is found, and nothing else: without the key of this ROOT
 * nobody can try contents against it. */
int secret_store_digest(const struct layout *layout, const void *bytes, size_t length, char hex[65],
			struct error *err);
