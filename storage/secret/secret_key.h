/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/secret/secret_key.h - the host's keys: one that encrypts what secret_store keeps, one
 * that makes digests of contents useless to who does not have it.
 *
 * A key file holds 64 hexadecimal digits, belongs to root and is readable by nobody else. Looked
 * for are, in this order, the file of $CORACLE_SECRET_KEY_FILE, /etc/coracle/secret.key, and
 * ROOT/secrets/host.key, which is made when there is none of the others. New contents are encrypted
 * with the first one that is there; each old one with the key that it names.
 */
#pragma once

#include "storage/layout.h"

#include <stdbool.h>
#include <stdint.h>

#define SECRET_KEY_SIZE 32

struct secret_key {
	uint8_t bytes[SECRET_KEY_SIZE];
	char id[17]; /* what a content says about its key: tells nothing about it */
};

/* The key for new contents. Missing: made. */
int secret_key_load(struct secret_key *key, const struct layout *layout, struct error *err);
/* The key with this id. ERROR_INVALID says where it was looked for. */
int secret_key_find(struct secret_key *key, const struct layout *layout, const char *id,
		    struct error *err);
/* Is everything encrypted without being asked for: has an administrator given a key, or set
 * $CORACLE_SECRET_ENCRYPT to 1 or true? */
bool secret_key_is_wanted(void);
/* ROOT/secrets/digest.key, made when it is missing. */
int secret_key_load_digest(struct secret_key *key, const struct layout *layout, struct error *err);
void secret_key_forget(struct secret_key *key);
#define auto_secret_key __attribute__((cleanup(secret_key_forget)))
