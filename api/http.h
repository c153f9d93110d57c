/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/http.h - HTTP on one connection: requests one after another, each answered before the
 * next one is looked at.
 *
 * libmicrohttpd behind blocking calls. It parses and frames; it runs only within these calls, so an
 * endpoint is plain code that reads, works and writes, and sleeps in whichever poll(2) it likes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct error;
struct pair;
struct request;

#define HTTP_IDLE_MS   5000   /* a connection on which nothing comes */
#define HTTP_HEADER_MS 30000  /* from a request's first byte to the end of its header */
#define HTTP_STALL_MS  300000 /* a client that sends no more, or takes nothing */
#define HTTP_READER_MS 1000   /* what follows an upgrade waits for its header to be read */
#define HTTP_FOREVER   (-1)   /* who reads a stream may stop reading, as a pager does */

struct http;

/* Takes @fd, a connected socket; NULL with @err. */
struct http *http_new(int fd, struct error *err);
void http_free(struct http *http);

/* The next request, with what HTTP says of it filled; NULL: there is none any more. The caller
 * frees it before it asks for another one. */
struct request *http_next(struct http *http);
void http_free_request(struct request *request);
/* Some bytes of its body; 0 at the end; -1: the client has gone. */
ssize_t http_read(struct http *http, void *bytes, size_t size, struct error *err);

struct http_head {
	unsigned status;
	const struct pair *headers;
	size_t header_count;
};

/* A whole answer; what is left of the request's body is dropped. -1: the client has gone. */
int http_answer(struct http *http, const struct http_head *head, const void *bytes, size_t length);
/* An answer of unknown length. The header is on its way when this returns. @is_raw: neither chunks
 * nor a length, its end is that of the connection. */
int http_begin(struct http *http, const struct http_head *head, bool is_raw);
/* Returns when all of it is the kernel's. */
int http_write(struct http *http, const void *bytes, size_t length);
int http_end(struct http *http);
/* Nothing is sent or read any more. */
void http_break(struct http *http);

/* The socket from now on, after an answer 101 that the client has read: blocking, still the http's.
 * @early: what the client has sent behind its request. -1: it has gone. */
struct http_early {
	const char *bytes;
	size_t length;
};
int http_hijack(struct http *http, const struct http_head *head, struct http_early *early);
/* For poll(2): POLLRDHUP on it says that nobody reads any more. */
int http_fd(const struct http *http);
