/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/frames.h - output of containers, as it goes to a client: raw from a terminal, else each piece
 * behind a header that says which stream it is of.
 */
#pragma once

#include "api/answer.h"

#include <stdbool.h>
#include <stddef.h>

struct request;
struct strbuf;

enum { FRAME_STDOUT = 1, FRAME_STDERR = 2 };

struct frames {
	struct request *request;
	const struct answer_raw *raw; /* NULL: the stream of answer_begin */
	bool is_raw;
};

/* Appends a frame; @stream 0: the bytes alone. */
void frames_add(struct strbuf *out, unsigned stream, const void *bytes, size_t length);
const char *frames_type(const struct request *request, bool is_raw);
/* -1: the client has gone. */
int frames_write(const struct frames *frames, unsigned stream, const void *bytes, size_t length);
