/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/transport/exchange.h - one HTTP request and its answer, over libcurl; inside the
 * transport.
 *
 * Nothing is followed, authenticated or repeated here: an exchange is what it says. Headers and
 * bodies of answers are bounded.
 */
#pragma once

#include "base/strbuf.h"
#include "base/strvec.h"
#include "registry/transport/exchange_headers.h"
#include "registry/url.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct endpoint;
struct exchange;
struct transport;

enum exchange_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_PATCH };

#define EXCHANGE_PAUSE (-2)
#define EXCHANGE_STOP  (-1)

struct exchange {
	/* the request */
	enum exchange_method method;
	struct url url;
	struct strvec headers;
	const char *authorization; /* value of the header, or NULL; copied at the start */
	struct endpoint *endpoint; /* whose certificates and rules count */
	bool is_bulk;		   /* a blob: at the pace of whoever reads it */
	bool is_token;		   /* asks a token server, which shares the registry's rules */

	size_t body_limit;	 /* of an answer that is not streamed */
	int64_t upload_size;	 /* -1: no body */
	const char *upload_text; /* the body, unless @upload reads it */
	ssize_t (*upload)(struct exchange *exchange, char *out, size_t room);
	/* Takes the body of a 2xx answer: all of it, EXCHANGE_PAUSE or EXCHANGE_STOP. */
	ssize_t (*stream)(struct exchange *exchange, const char *bytes, size_t length);
	void (*done)(struct exchange *exchange); /* may release the exchange */
	void *owner;

	/* the answer */
	CURLcode result;
	long status; /* 0: none came */
	char reason[CURL_ERROR_SIZE];
	long os_error; /* errno of a connection that failed, or 0 */
	struct exchange_headers answer;
	struct strbuf body;

	/* private */
	struct transport *transport;
	CURL *easy;
	struct curl_slist *list;
	int64_t uploaded;
	size_t header_bytes;
	bool is_paused, is_proxied;
	bool has_enough; /* we cut off the text of an error */
	bool had_tls;	 /* the handshake was completed */
};

struct exchange *exchange_new(struct transport *transport, struct endpoint *endpoint);
void exchange_free(struct exchange *exchange);
/* Starts it; done is called from transport_run when it has ended, never from here. */
void exchange_start(struct exchange *exchange);
/* After EXCHANGE_PAUSE: what was held back comes again. */
void exchange_resume(struct exchange *exchange);
/* To be called for each easy handle that curl has done with. */
void exchange_finish(CURL *easy, CURLcode result);
/* Prepares to repeat the request at the Location of its answer. -1: that is not allowed. */
int exchange_redirect(struct exchange *exchange, struct error *err);
bool exchange_is_redirect(const struct exchange *exchange);
/* Could the server not even be spoken to? */
bool exchange_is_unreachable(const struct exchange *exchange);
/* Would the same request perhaps work a little later? */
bool exchange_is_passing(const struct exchange *exchange);
