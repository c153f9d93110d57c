/* SPDX-License-Identifier: Apache-2.0 */
#include "net/responder/dns_cache.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "net/dns_record.h"
#include "tests/harness/harness.h"

struct message {
	uint8_t bytes[1024];
	size_t size;
};

static struct message question_for(const char *name, uint16_t id)
{
	struct message query = {.bytes = {(uint8_t)(id >> 8), (uint8_t)id, 1, 0, 0, 1}, .size = 12};

	for (; *name; name += strcspn(name, ".") + (name[strcspn(name, ".")] == '.')) {
		size_t length = strcspn(name, ".");

		query.bytes[query.size] = (uint8_t)length;
		memcpy(query.bytes + query.size + 1, name, length);
		query.size += 1 + length;
	}
	memcpy(query.bytes + query.size, "\0\0\1\0\1", 5);
	query.size += 5;
	return query;
}

static void add_record(struct message *reply, int counter, uint16_t type, uint32_t ttl,
		       uint32_t minimum)
{
	uint8_t record[] = {0xc0,
			    12,
			    0,
			    (uint8_t)type,
			    0,
			    1,
			    (uint8_t)(ttl >> 24),
			    (uint8_t)(ttl >> 16),
			    (uint8_t)(ttl >> 8),
			    (uint8_t)ttl};
	size_t length = type == DNS_TYPE_SOA ? 22 : 4;

	memcpy(reply->bytes + reply->size, record, sizeof(record));
	reply->size += sizeof(record);
	reply->bytes[reply->size] = 0;
	reply->bytes[reply->size + 1] = (uint8_t)length;
	memset(reply->bytes + reply->size + 2, 0, length);
	reply->bytes[reply->size + length] = (uint8_t)(minimum >> 8);
	reply->bytes[reply->size + length + 1] = (uint8_t)minimum;
	reply->size += 2 + length;
	reply->bytes[counter + 1]++;
}

static struct message reply_to(const struct message *query, enum dns_code code)
{
	struct message reply = *query;

	reply.bytes[2] |= 0x80;
	reply.bytes[3] = 0x80 | (uint8_t)code;
	return reply;
}

#define ANSWERS	    6
#define AUTHORITIES 8

static void keep(struct dns_cache *cache, const struct message *query, const struct message *reply,
		 int64_t now)
{
	struct dns_question question;
	const struct dns_asked asked = {query->bytes, query->size, &question};

	CHECK_INT(dns_message_parse(&question, query->bytes, query->size), 0);
	dns_cache_keep(cache, &asked, reply->bytes, reply->size, now);
}

static struct message find(struct dns_cache *cache, const struct message *query, int64_t now)
{
	struct message reply = {0};
	uint8_t room[DNS_UDP_MAXIMUM];
	struct dns_question question;
	const struct dns_asked asked = {query->bytes, query->size, &question};

	CHECK_INT(dns_message_parse(&question, query->bytes, query->size), 0);
	reply.size = dns_cache_find(cache, &asked, room, now);
	CHECK(reply.size <= sizeof(reply.bytes));
	memcpy(reply.bytes, room, reply.size);
	return reply;
}

static uint32_t first_ttl(const struct message *reply)
{
	struct dns_records records;
	struct dns_record record;

	CHECK(reply->size > 0);
	dns_record_begin(&records, reply->bytes, reply->size);
	CHECK(dns_record_next(&records, &record));
	return record.ttl;
}

TEST(an_answer_is_given_again_until_its_time_is_over)
{
	struct dns_cache *cache = dns_cache_new();
	struct message query = question_for("www.example.org", 7), other, found;
	struct message reply = reply_to(&query, DNS_CODE_OK);

	add_record(&reply, ANSWERS, DNS_TYPE_A, 60, 0);
	add_record(&reply, ANSWERS, DNS_TYPE_A, 30, 0);
	CHECK_INT(find(cache, &query, SECOND).size, 0);
	keep(cache, &query, &reply, SECOND);
	/* Another id, another case: both are the asker's. */
	other = question_for("WWW.Example.org", 9);
	found = find(cache, &other, 11 * SECOND);
	CHECK_INT(found.size, reply.size);
	CHECK(found.bytes[0] == 0 && found.bytes[1] == 9);
	CHECK(memcmp(found.bytes + 12, other.bytes + 12, other.size - 12) == 0);
	CHECK_INT(first_ttl(&found), 50);
	CHECK_INT(find(cache, &query, 30 * SECOND).size, reply.size);
	CHECK_INT(find(cache, &query, 31 * SECOND).size, 0);
	keep(cache, &query, &reply, SECOND);
	dns_cache_clear(cache);
	CHECK_INT(find(cache, &query, SECOND).size, 0);
	dns_cache_free(cache);
}

TEST(other_names_types_and_flags_are_other_questions)
{
	struct dns_cache *cache = dns_cache_new();
	struct message query = question_for("a.example", 7), other;
	struct message reply = reply_to(&query, DNS_CODE_OK);

	add_record(&reply, ANSWERS, DNS_TYPE_A, 60, 0);
	keep(cache, &query, &reply, 0);
	other = question_for("b.example", 7);
	CHECK_INT(find(cache, &other, 1).size, 0);
	other = query;
	other.bytes[other.size - 3] = DNS_TYPE_AAAA;
	CHECK_INT(find(cache, &other, 1).size, 0);
	other = query;
	other.bytes[3] |= 0x10; /* checking disabled */
	CHECK_INT(find(cache, &other, 1).size, 0);
	other = query; /* with an OPT record that asks for signatures */
	other.bytes[11] = 1;
	memcpy(other.bytes + other.size, "\0\0\51\20\0\0\0\200\0\0\0", 11);
	other.size += 11;
	CHECK_INT(find(cache, &other, 1).size, 0);
	CHECK(find(cache, &query, 1).size > 0);
	dns_cache_free(cache);
}

TEST(that_there_is_nothing_holds_for_the_minimum_of_the_zone)
{
	struct dns_cache *cache = dns_cache_new();
	struct message query = question_for("nowhere.example", 1);
	struct message reply = reply_to(&query, DNS_CODE_NO_NAME);

	keep(cache, &query, &reply, 0); /* nobody says how long */
	CHECK_INT(find(cache, &query, 1).size, 0);
	add_record(&reply, AUTHORITIES, DNS_TYPE_SOA, 900, 20);
	keep(cache, &query, &reply, 0);
	CHECK(find(cache, &query, 19 * SECOND).size > 0);
	CHECK_INT(find(cache, &query, 20 * SECOND).size, 0);
	reply = reply_to(&query, DNS_CODE_OK); /* the name, but not of this type */
	add_record(&reply, AUTHORITIES, DNS_TYPE_SOA, 900, 9000);
	keep(cache, &query, &reply, 0);
	CHECK(find(cache, &query, 59 * SECOND).size > 0);
	CHECK_INT(find(cache, &query, 60 * SECOND).size, 0);
	dns_cache_free(cache);
}

TEST(what_is_cut_damaged_or_a_failure_is_not_kept)
{
	struct dns_cache *cache = dns_cache_new();
	struct message query = question_for("a.example", 1), whole, reply;

	whole = reply_to(&query, DNS_CODE_OK);
	add_record(&whole, ANSWERS, DNS_TYPE_A, 60, 0);
	reply = whole;
	reply.bytes[2] |= 2; /* truncated */
	keep(cache, &query, &reply, 0);
	reply = whole;
	reply.bytes[3] |= DNS_CODE_FAILURE;
	keep(cache, &query, &reply, 0);
	reply = whole;
	reply.bytes[7]++; /* a record more than there is */
	keep(cache, &query, &reply, 0);
	for (reply = whole; reply.size > query.size; reply.size--)
		if (reply.size < whole.size)
			keep(cache, &query, &reply, 0);
	CHECK_INT(find(cache, &query, 1).size, 0);
	reply = reply_to(&query, DNS_CODE_OK);
	add_record(&reply, ANSWERS, DNS_TYPE_A, 0, 0);
	keep(cache, &query, &reply, 0);
	CHECK_INT(find(cache, &query, 1).size, 0);
	dns_cache_free(cache);
}

TEST(it_is_bounded_and_forgets_the_oldest)
{
	struct dns_cache *cache = dns_cache_new();
	struct message query, reply;
	int known = 0;
	char name[40];

	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "host-%d.example", i);
		query = question_for(name, 1);
		reply = reply_to(&query, DNS_CODE_OK);
		add_record(&reply, ANSWERS, DNS_TYPE_A, 600, 0);
		keep(cache, &query, &reply, i);
	}
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "host-%d.example", i);
		query = question_for(name, 1);
		if (find(cache, &query, 1000).size == 0)
			continue;
		known++;
		CHECK(i >= 1000 - DNS_CACHE_ENTRIES);
	}
	CHECK_INT(known, DNS_CACHE_ENTRIES);
	dns_cache_free(cache);
}
