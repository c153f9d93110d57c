/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/answer.h - what is sent back. Each request is answered once, by one of these.
 */
#pragma once

#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>

struct error;
struct pair;
struct request;

#define ANSWER_API_MINOR  51
#define ANSWER_API_OLDEST 24
#define ANSWER_JSON	  "application/json"
#define ANSWER_TEXT	  "text/plain; charset=utf-8"
#define ANSWER_RAW	  "application/vnd.docker.raw-stream"
#define ANSWER_FRAMES	  "application/vnd.docker.multiplexed-stream"

/* Takes @value, which may be NULL: null. */
void answer_json(struct request *request, unsigned status, json *value);
/* Without a body. */
void answer_empty(struct request *request, unsigned status);
/* For HEAD: what a GET would have for headers. */
void answer_head(struct request *request, const char *type, const struct pair *more,
		 size_t more_count);
void answer_text(struct request *request, const char *type, const char *text,
		 const struct pair *more, size_t more_count);
/* {"message": …} */
void answer_message(struct request *request, unsigned status, const char *message);

/* A stream: the header is on its way when this returns. All return -1 when the client has gone, and
 * then there is nothing more to do. */
int answer_begin(struct request *request, const char *type);
int answer_begin_with(struct request *request, const char *type, const struct pair *more,
		      size_t more_count);
int answer_write(struct request *request, const void *bytes, size_t length);
/* A document and @end, "\n" or "\r\n". */
int answer_line(struct request *request, const json *value, const char *end);
int answer_end(struct request *request);
/* It is not whole, and the client shall see that: the connection ends here. */
void answer_break(struct request *request);

/* A stream both ways, or, when the client does not ask for that, one way. */
struct answer_raw {
	int fd;		   /* to read from and to poll for POLLRDHUP; not to write to */
	bool is_hijacked;  /* else nothing comes in */
	const char *early; /* has come in already */
	size_t early_length;
};
/* @type for those that upgrade. -1: the client has gone. */
int answer_hijack(struct request *request, const char *type, struct answer_raw *raw);
int answer_raw_write(struct request *request, const struct answer_raw *raw, const void *bytes,
		     size_t length);
void answer_raw_end(struct request *request, struct answer_raw *raw);
