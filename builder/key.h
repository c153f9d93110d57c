/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/key.h - the key under which the cache knows what a step makes: a digest of all that
 * decides about it. Pure.
 */
#pragma once

#include "base/digest.h"
#include "base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

/* What is hashed, readable for whoever asks why a key is another one; zeroed it is empty. */
struct key {
	struct strbuf text;
};
#define auto_key __attribute__((cleanup(key_release)))

void key_release(struct key *key);
/* NULL values leave a trace of their own. */
void key_add(struct key *key, const char *name, const char *value);
void key_add_bytes(struct key *key, const char *name, const char *bytes, size_t length);
void key_add_number(struct key *key, const char *name, int64_t value);
void key_add_strings(struct key *key, const char *name, char *const *values);
void key_finish(const struct key *key, char hex[DIGEST_HEX_SIZE]);
