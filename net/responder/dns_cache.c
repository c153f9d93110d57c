/* SPDX-License-Identifier: Apache-2.0 */
#include "net/responder/dns_cache.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/units.h"
#include "net/dns_record.h"

#define LONGEST_S	   3600
#define LONGEST_NEGATIVE_S 60
#define FLAG_TRUNCATED	   2 /* in the third byte */

struct entry {
	uint32_t hash;
	int64_t since_ns, until_ns;
	size_t query_size, size;
	uint8_t *bytes; /* the question without its id, then the answer */
};

struct dns_cache {
	struct entry entries[DNS_CACHE_ENTRIES];
	size_t count, bytes;
};

/* What follows the id; the name of the question without regard to case. */
static uint8_t key_byte(const struct dns_asked *asked, size_t at)
{
	bool is_name =
		at >= DNS_HEADER_SIZE && at < DNS_HEADER_SIZE + asked->question->question_size - 4;

	/* Lengths of labels are below any letter. */
	return is_name ? (uint8_t)tolower(asked->query[at]) : asked->query[at];
}

static uint32_t hash_key(const struct dns_asked *asked)
{
	uint32_t hash = 2166136261U;

	for (size_t i = 2; i < asked->size; i++)
		hash = (hash ^ key_byte(asked, i)) * 16777619U;
	return hash;
}

static bool has_key(const struct entry *entry, const struct dns_asked *asked)
{
	if (entry->query_size != asked->size)
		return false;
	for (size_t i = 2; i < asked->size; i++)
		if (entry->bytes[i] != key_byte(asked, i))
			return false;
	return true;
}

static void drop(struct dns_cache *cache, size_t index)
{
	struct entry *entry = &cache->entries[index];

	cache->bytes -= entry->query_size + entry->size;
	free(entry->bytes);
	*entry = cache->entries[--cache->count];
}

/* What is over, then what is oldest. */
static void make_room(struct dns_cache *cache, size_t wanted, int64_t now_ns)
{
	for (size_t i = cache->count; i-- > 0;)
		if (cache->entries[i].until_ns <= now_ns)
			drop(cache, i);
	while (cache->count == DNS_CACHE_ENTRIES || cache->bytes + wanted > DNS_CACHE_BYTES) {
		size_t oldest = 0;

		for (size_t i = 1; i < cache->count; i++)
			if (cache->entries[i].since_ns < cache->entries[oldest].since_ns)
				oldest = i;
		drop(cache, oldest);
	}
}

static size_t find(const struct dns_cache *cache, const struct dns_asked *asked)
{
	uint32_t hash = hash_key(asked);

	for (size_t i = 0; i < cache->count; i++)
		if (cache->entries[i].hash == hash && has_key(&cache->entries[i], asked))
			return i;
	return cache->count;
}

/* For how many seconds an answer holds: 0 for one that is damaged or does not say. */
static uint32_t lifetime(const uint8_t *reply, size_t size)
{
	bool is_negative =
		dns_message_code(reply) == DNS_CODE_NO_NAME || (reply[6] == 0 && reply[7] == 0);
	uint32_t least = is_negative ? LONGEST_NEGATIVE_S : LONGEST_S;
	struct dns_records records;
	struct dns_record record;
	bool has_time = false;

	if (reply[2] & FLAG_TRUNCATED ||
	    (dns_message_code(reply) != DNS_CODE_OK && dns_message_code(reply) != DNS_CODE_NO_NAME))
		return 0;
	dns_record_begin(&records, reply, size);
	while (dns_record_next(&records, &record)) {
		uint32_t seconds = record.ttl;

		if (record.type == DNS_TYPE_OPT)
			continue;
		if (record.type == DNS_TYPE_SOA && dns_record_minimum(&records, &record) < seconds)
			seconds = dns_record_minimum(&records, &record);
		has_time |= !is_negative || record.type == DNS_TYPE_SOA;
		least = seconds < least ? seconds : least;
	}
	return has_time && dns_record_is_end(&records) ? least : 0;
}

void dns_cache_keep(struct dns_cache *cache, const struct dns_asked *asked, const uint8_t *reply,
		    size_t size, int64_t now_ns)
{
	size_t total = asked->size + size, index;
	uint32_t seconds;
	struct entry *entry;

	if (size < DNS_HEADER_SIZE + asked->question->question_size || size > DNS_UDP_MAXIMUM)
		return;
	seconds = lifetime(reply, size);
	index = find(cache, asked);
	if (index < cache->count)
		drop(cache, index);
	if (seconds == 0)
		return;
	make_room(cache, total, now_ns);
	entry = &cache->entries[cache->count++];
	*entry = (struct entry){
		.hash = hash_key(asked),
		.since_ns = now_ns,
		.until_ns = now_ns + seconds * SECOND,
		.query_size = asked->size,
		.size = size,
		.bytes = alloc_bytes(total),
	};
	for (size_t i = 0; i < asked->size; i++)
		entry->bytes[i] = key_byte(asked, i);
	memcpy(entry->bytes + asked->size, reply, size);
	cache->bytes += total;
}

static void age(uint8_t *reply, size_t size, uint32_t seconds)
{
	struct dns_records records;
	struct dns_record record;

	dns_record_begin(&records, reply, size);
	while (dns_record_next(&records, &record))
		if (record.type != DNS_TYPE_OPT)
			dns_record_set_ttl(reply, &record,
					   record.ttl > seconds ? record.ttl - seconds : 0);
}

size_t dns_cache_find(struct dns_cache *cache, const struct dns_asked *asked, uint8_t *reply,
		      int64_t now_ns)
{
	size_t index = find(cache, asked);
	const struct entry *entry = &cache->entries[index];

	if (index == cache->count)
		return 0;
	if (entry->until_ns <= now_ns) {
		drop(cache, index);
		return 0;
	}
	memcpy(reply, entry->bytes + asked->size, entry->size);
	memcpy(reply + DNS_HEADER_SIZE, asked->query + DNS_HEADER_SIZE,
	       asked->question->question_size);
	dns_message_set_id(reply, asked->question->id);
	age(reply, entry->size, (uint32_t)((now_ns - entry->since_ns) / SECOND));
	return entry->size;
}

struct dns_cache *dns_cache_new(void)
{
	return alloc_zeroed(1, sizeof(struct dns_cache));
}

void dns_cache_clear(struct dns_cache *cache)
{
	while (cache->count > 0)
		drop(cache, cache->count - 1);
}

void dns_cache_free(struct dns_cache *cache)
{
	if (!cache)
		return;
	dns_cache_clear(cache);
	free(cache);
}
