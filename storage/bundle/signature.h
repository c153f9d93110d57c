/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/bundle/signature.h - Ed25519 (RFC 8032) with keys as `openssl genpkey -algorithm ed25519`
 * and `openssl pkey -pubout` write them (RFC 8410, PEM). What is signed can be checked by
 * `openssl pkeyutl -verify -rawin`.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

#define SIGNATURE_SIZE	   64
#define SIGNATURE_KEY_SIZE 32

/* ERROR_INVALID: no such key; says what to do. */
int signature_load_private(uint8_t key[SIGNATURE_KEY_SIZE], const char *path, struct error *err);
int signature_load_public(uint8_t key[SIGNATURE_KEY_SIZE], const char *path, struct error *err);
void signature_make(uint8_t signature[SIGNATURE_SIZE],
		    const uint8_t private_key[SIGNATURE_KEY_SIZE], const void *bytes,
		    size_t length);
bool signature_is_good(const uint8_t signature[SIGNATURE_SIZE],
		       const uint8_t public_key[SIGNATURE_KEY_SIZE], const void *bytes,
		       size_t length);
