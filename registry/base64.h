/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/base64.h - door: RFC 4648 text, as Basic authentication and Docker's config.json have
 * it.
 */
#pragma once

#include <stddef.h>

/* malloc'ed. */
char *base64_encode(const char *bytes, size_t length);
/* malloc'ed, NUL behind the end; NULL: this is no base64. */
char *base64_decode(const char *text, size_t *length);
