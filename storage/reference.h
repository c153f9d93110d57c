/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/reference.h - door: image references and digests as text; pure.
 *
 * The full form is "registry/repository:tag" or "registry/repository@sha256:HEX". Whatever becomes
 * part of a path has passed reference_parse_digest: 64 lower-case hexadecimal digits.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"

struct error;

/* Docker's reference rules. malloc'ed full form "registry/repository:tag" or "…@sha256:…";
 * NULL with ERROR_INVALID. */
char *reference_normalize(const char *text, struct error *err);
/* The short form that Docker shows: "redis:7" for docker.io/library/redis:7. malloc'ed. */
char *reference_familiar(const char *full);

/* "sha256:HEX" to HEX. @what names the place for the message. */
int reference_parse_digest(char hex[DIGEST_HEX_SIZE], const char *text, const char *what,
			   struct error *err);
bool reference_is_hex(const char *text, size_t length);
/* Length of the repository part of a full reference: up to ":tag" or "@digest". */
size_t reference_repository_length(const char *full);
