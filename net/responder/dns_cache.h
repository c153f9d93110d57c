/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/responder/dns_cache.h - answers of name servers, kept as long as they say and no longer than
 * an hour; that there is none for a minute (RFC 2308). Bounded in number and bytes.
 *
 * An answer is given again only to the very same question, with all flags and options, but for its
 * id and the case of the name. What was cut, and what carries no time, is not kept.
 */
#pragma once

#include "net/dns_message.h"

#define DNS_CACHE_ENTRIES 128
#define DNS_CACHE_BYTES	  65536

struct dns_cache;

struct dns_cache *dns_cache_new(void);
void dns_cache_free(struct dns_cache *cache);
struct dns_asked {
	const uint8_t *query;
	size_t size;
	const struct dns_question *question; /* what @query was parsed to */
};

/* Who is asked has changed. */
void dns_cache_clear(struct dns_cache *cache);
void dns_cache_keep(struct dns_cache *cache, const struct dns_asked *asked, const uint8_t *reply,
		    size_t size, int64_t now_ns);
/* Writes the answer as it would come now, and returns its size; 0: none is known. @reply has room
 * for DNS_UDP_MAXIMUM bytes. */
size_t dns_cache_find(struct dns_cache *cache, const struct dns_asked *asked, uint8_t *reply,
		      int64_t now_ns);
