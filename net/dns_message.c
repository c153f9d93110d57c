/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dns_message.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define FLAG_RESPONSE	 0x8000
#define FLAG_OPCODE	 0x7800
#define FLAG_TRUNCATED	 0x0200
#define FLAG_WANTED	 0x0100 /* recursion desired */
#define FLAG_AVAILABLE	 0x0080
#define LABEL_LIMIT	 63
#define EDNS_RECORD_SIZE 11

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* Reads a name without compression, as questions have it. Returns its size, or 0. */
static size_t read_name(struct dns_question *question, const uint8_t *at, size_t left)
{
	size_t used = 0, length = 0;
	bool is_plain = true;

	for (;;) {
		size_t label;

		if (used >= left)
			return 0;
		label = at[used++];
		if (label == 0)
			break;
		if (label > LABEL_LIMIT || used + label > left || used + label > DNS_NAME_SIZE - 2)
			return 0;
		if (length > 0)
			question->name[length++] = '.';
		for (size_t i = 0; i < label; i++) {
			uint8_t c = at[used + i];

			is_plain &= c > ' ' && c < 127 && c != '.';
			question->name[length++] = (char)c;
		}
		used += label;
	}
	question->name_length = is_plain ? length : 0;
	question->name[question->name_length] = '\0';
	return used;
}

/* Steps over a name that may be compressed. Returns its size, or 0. */
static size_t skip_name(const uint8_t *at, size_t left)
{
	size_t used = 0;

	while (used < left) {
		uint8_t label = at[used];

		if ((label & 0xc0) == 0xc0)
			return used + 2 <= left ? used + 2 : 0;
		if (label > LABEL_LIMIT)
			return 0;
		used += 1U + label;
		if (label == 0)
			return used <= left ? used : 0;
	}
	return 0;
}

/* Looks for EDNS among the records behind the question. */
static void read_edns(struct dns_question *question, const uint8_t *message, size_t size)
{
	size_t at = DNS_HEADER_SIZE + question->question_size;
	unsigned records = get16(message + 6) + get16(message + 8) + get16(message + 10);

	for (; records > 0; records--) {
		size_t name = skip_name(message + at, size - at);

		if (name == 0 || size - at - name < 10)
			return;
		at += name;
		if (get16(message + at) == DNS_TYPE_OPT && !question->has_edns) {
			size_t limit = get16(message + at + 2);

			question->has_edns = true;
			if (limit > DNS_UDP_MAXIMUM)
				limit = DNS_UDP_MAXIMUM;
			if (limit > question->udp_limit)
				question->udp_limit = limit;
		}
		at += 10;
		if (size - at < get16(message + at - 2))
			return;
		at += get16(message + at - 2);
	}
}

int dns_message_parse(struct dns_question *question, const uint8_t *message, size_t size)
{
	size_t name;

	question->question_size = 0;
	question->udp_limit = DNS_UDP_MINIMUM;
	question->has_edns = false;
	question->name_length = 0;
	question->name[0] = '\0';
	if (size < DNS_HEADER_SIZE)
		return -1;
	question->id = get16(message);
	question->flags = get16(message + 2);
	question->type = question->class = 0;
	if (question->flags & FLAG_RESPONSE)
		return -1;
	if (question->flags & FLAG_OPCODE)
		return DNS_CODE_NOT_IMPLEMENTED;
	if (get16(message + 4) != 1)
		return DNS_CODE_FORMAT;
	name = read_name(question, message + DNS_HEADER_SIZE, size - DNS_HEADER_SIZE);
	if (name == 0 || size - DNS_HEADER_SIZE - name < 4)
		return DNS_CODE_FORMAT;
	question->type = get16(message + DNS_HEADER_SIZE + name);
	question->class = get16(message + DNS_HEADER_SIZE + name + 2);
	question->question_size = name + 4;
	read_edns(question, message, size);
	return DNS_CODE_OK;
}

void dns_message_start(struct dns_reply *reply, uint8_t *buffer, size_t limit,
		       const struct dns_question *question, const uint8_t *message)
{
	*reply = (struct dns_reply){.bytes = buffer, .limit = limit};
	if (question->has_edns)
		reply->limit -= EDNS_RECORD_SIZE;
	memset(buffer, 0, DNS_HEADER_SIZE);
	put16(buffer, question->id);
	put16(buffer + 4, question->question_size > 0);
	memcpy(buffer + DNS_HEADER_SIZE, message + DNS_HEADER_SIZE, question->question_size);
	reply->size = DNS_HEADER_SIZE + question->question_size;
}

/* A record of the question's own name: a pointer to offset 12. */
static uint8_t *add_record(struct dns_reply *reply, uint16_t type, size_t length, uint32_t ttl)
{
	uint8_t *at = reply->bytes + reply->size;

	if (reply->is_truncated || reply->size + 12 + length > reply->limit) {
		reply->is_truncated = true;
		return NULL;
	}
	put16(at, 0xc000 | DNS_HEADER_SIZE);
	put16(at + 2, type);
	put16(at + 4, 1);
	put16(at + 6, (uint16_t)(ttl >> 16));
	put16(at + 8, (uint16_t)ttl);
	put16(at + 10, (uint16_t)length);
	reply->size += 12 + length;
	put16(reply->bytes + 6, (uint16_t)(get16(reply->bytes + 6) + 1));
	return at + 12;
}

void dns_message_add_address(struct dns_reply *reply, uint16_t type, const void *address,
			     size_t length, uint32_t ttl)
{
	uint8_t *at = add_record(reply, type, length, ttl);

	if (at)
		memcpy(at, address, length);
}

void dns_message_add_name(struct dns_reply *reply, const char *name, uint32_t ttl)
{
	uint8_t wire[DNS_NAME_SIZE], *at;
	size_t size = 0;

	while (*name) {
		size_t label = strcspn(name, ".");

		if (label == 0 || label > LABEL_LIMIT || size + label + 2 > sizeof(wire))
			return;
		wire[size++] = (uint8_t)label;
		memcpy(wire + size, name, label);
		size += label;
		name += label;
		name += *name == '.';
	}
	wire[size++] = 0;
	at = add_record(reply, DNS_TYPE_PTR, size, ttl);
	if (at)
		memcpy(at, wire, size);
}

size_t dns_message_finish(struct dns_reply *reply, const struct dns_question *question,
			  enum dns_code code)
{
	uint16_t flags = FLAG_RESPONSE | FLAG_AVAILABLE;

	flags |= question->flags & (FLAG_WANTED | FLAG_OPCODE);
	flags |= reply->is_truncated ? FLAG_TRUNCATED : 0;
	put16(reply->bytes + 2, (uint16_t)(flags | code));
	if (question->has_edns) {
		uint8_t *at = reply->bytes + reply->size;

		memset(at, 0, EDNS_RECORD_SIZE);
		put16(at + 1, DNS_TYPE_OPT);
		put16(at + 3, DNS_UDP_MAXIMUM);
		put16(reply->bytes + 10, 1);
		reply->size += EDNS_RECORD_SIZE;
	}
	return reply->size;
}

/* Size of name, type and class of the only question; 0 when there is not exactly one. */
static size_t question_size(const uint8_t *message, size_t size)
{
	size_t name;

	if (size < DNS_HEADER_SIZE || get16(message + 4) != 1)
		return 0;
	name = skip_name(message + DNS_HEADER_SIZE, size - DNS_HEADER_SIZE);
	return name == 0 || size - DNS_HEADER_SIZE - name < 4 ? 0 : name + 4;
}

/* Letters of the name may come back in the other case; nothing else may differ. */
bool dns_message_is_answer(const uint8_t *reply, size_t size, const uint8_t *query,
			   size_t query_size)
{
	size_t length = question_size(query, query_size);

	if (length == 0 || question_size(reply, size) != length ||
	    !(get16(reply + 2) & FLAG_RESPONSE) || get16(reply) != get16(query))
		return false;
	for (size_t i = 0; i < length; i++)
		if (tolower(reply[DNS_HEADER_SIZE + i]) != tolower(query[DNS_HEADER_SIZE + i]))
			return false;
	return true;
}

enum dns_code dns_message_code(const uint8_t *message)
{
	return (enum dns_code)(message[3] & 0x0f);
}

uint16_t dns_message_id(const uint8_t *message)
{
	return get16(message);
}

void dns_message_set_id(uint8_t *message, uint16_t id)
{
	put16(message, id);
}

size_t dns_message_truncate(uint8_t *reply, size_t size)
{
	size_t length = question_size(reply, size);

	put16(reply + 2, get16(reply + 2) | FLAG_TRUNCATED);
	memset(reply + 6, 0, 6);
	if (length == 0)
		put16(reply + 4, 0);
	return DNS_HEADER_SIZE + length;
}

static bool ends_with(const char *name, size_t length, const char *suffix)
{
	size_t suffix_length = strlen(suffix);

	return length > suffix_length && strcasecmp(name + length - suffix_length, suffix) == 0;
}

static int parse_reverse4(uint8_t address[16], const char *name)
{
	unsigned parts[4];
	int end = 0;

	if (sscanf(name, "%3u.%3u.%3u.%3u.%n", &parts[3], &parts[2], &parts[1], &parts[0], &end) !=
		    4 ||
	    strcasecmp(name + end, "in-addr.arpa") != 0)
		return 0;
	for (int i = 0; i < 4; i++) {
		if (parts[i] > 255)
			return 0;
		address[i] = (uint8_t)parts[i];
	}
	return AF_INET;
}

static int parse_reverse6(uint8_t address[16], const char *name)
{
	if (strlen(name) != 64 + strlen("ip6.arpa"))
		return 0;
	memset(address, 0, 16);
	for (int i = 0; i < 32; i++) {
		char digit = (char)tolower((unsigned char)name[i * 2]);
		int value = digit >= 'a' ? digit - 'a' + 10 : digit - '0';

		if (!isxdigit((unsigned char)digit) || name[i * 2 + 1] != '.')
			return 0;
		address[15 - i / 2] |= (uint8_t)(value << (i % 2 ? 4 : 0));
	}
	return AF_INET6;
}

int dns_message_parse_reverse(uint8_t address[16], const char *name)
{
	size_t length = strlen(name);

	if (ends_with(name, length, ".in-addr.arpa"))
		return parse_reverse4(address, name);
	if (ends_with(name, length, ".ip6.arpa"))
		return parse_reverse6(address, name);
	return 0;
}
