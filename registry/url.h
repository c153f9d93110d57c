/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/url.h - door: http and https addresses, and where a registry may lead us.
 *
 * Pure. There is no other scheme, no user in front of the host, no character outside of ASCII.
 */
#pragma once

#include "registry/host.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct strbuf;

#define URL_REST_SIZE 8192

struct url {
	bool is_tls;
	uint16_t port;
	char host[HOST_SIZE];	  /* lower case, without brackets */
	char rest[URL_REST_SIZE]; /* path and query: "/v2/…?a=b", or "" */
};

/* ERROR_INVALID; the text of @text does not go into the message. A fragment is dropped. */
int url_parse(struct url *url, const char *text, struct error *err);
/* What the reference @location (absolute, //host, /path, ?query, path) means seen from @base.
 * @url may be @base. */
int url_resolve(struct url *url, const struct url *base, const char *location, struct error *err);
void url_format(struct strbuf *out, const struct url *url);
/* Appends "HOST" or "HOST:PORT" (when the port is not the scheme's own). */
void url_format_host(struct strbuf *out, const struct url *url);
/* Same scheme, host and port: what may see the same credentials. */
bool url_is_same_origin(const struct url *a, const struct url *b);
/* May an answer of @from send us to @to? Never from https to http; and to this machine or its
 * link-local neighbours only if @from is there itself. ERROR_DENIED. */
int url_check_redirect(const struct url *from, const struct url *to, struct error *err);
/* Appends text as a query value. */
void url_escape(struct strbuf *out, const char *text);
/* Appends what "%2f" and its like stand for. */
void url_unescape(struct strbuf *out, const char *text, size_t length);
