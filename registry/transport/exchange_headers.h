/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/transport/exchange_headers.h - those headers of an answer that mean something to us;
 * pure.
 */
#pragma once

#include "registry/transport/challenge.h"

#include <stddef.h>
#include <stdint.h>

/* What an answer's headers said; texts malloc'ed or NULL, numbers -1 when absent. */
struct exchange_headers {
	char *location, *media_type, *digest, *retry_after, *last_modified, *etag;
	char *file_name;     /* of Content-Disposition, as it stands there */
	int64_t length;	     /* Content-Length */
	int64_t range_start; /* Content-Range: bytes START-… */
	int64_t range_last;  /* Range: 0-LAST, of an upload */
	int64_t least_chunk; /* OCI-Chunk-Min-Length */
	struct challenge challenge;
};

/* Frees and sets to "nothing said". A zeroed struct is fine. */
void exchange_headers_clear(struct exchange_headers *headers);
/* Takes "Name: value", with or without the end of line; anything else is passed over. */
void exchange_headers_add(struct exchange_headers *headers, const char *line, size_t length);
