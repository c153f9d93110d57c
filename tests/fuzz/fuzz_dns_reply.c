/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What name servers answer: a query and a reply out of the input, the first byte is the query's
 * length. Whatever is kept of it, what is given again fits and has the asker's question and id.
 */
#include "net/responder/dns_cache.h"

#include "base/units.h"
#include "net/dns_record.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void give_again(struct dns_cache *cache, const struct dns_asked *asked)
{
	uint8_t *reply = malloc(DNS_UDP_MAXIMUM);

	for (int i = 0; i < 3; i++) {
		size_t size = dns_cache_find(cache, asked, reply, i * 45 * SECOND + 2);

		if (size > DNS_UDP_MAXIMUM ||
		    (size > 0 && (dns_message_id(reply) != asked->question->id ||
				  memcmp(reply + DNS_HEADER_SIZE, asked->query + DNS_HEADER_SIZE,
					 asked->question->question_size) != 0)))
			abort();
	}
	free(reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t query_size = size > 0 && data[0] < size ? data[0] : 0;
	uint8_t *query = malloc(query_size + 1), *reply = malloc(size + 1);
	size_t reply_size = size > 0 ? size - 1 - query_size : 0;
	struct dns_cache *cache = dns_cache_new();
	struct dns_question question;
	const struct dns_asked asked = {query, query_size, &question};

	if (size > 0) {
		memcpy(query, data + 1, query_size);
		memcpy(reply, data + 1 + query_size, reply_size);
	}
	if (dns_message_parse(&question, query, query_size) == DNS_CODE_OK &&
	    dns_message_is_answer(reply, reply_size, query, query_size)) {
		dns_cache_keep(cache, &asked, reply, reply_size, 1);
		give_again(cache, &asked);
	}
	dns_cache_free(cache);
	free(query);
	free(reply);
	return 0;
}
