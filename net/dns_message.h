/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/dns_message.h - DNS messages: parse questions, build answers (RFC 1035, 6891).
 * Pure.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_HEADER_SIZE	 12
#define DNS_UDP_MINIMUM	 512
#define DNS_UDP_MAXIMUM	 4096 /* what we send at most, whatever the client allows */
#define DNS_MESSAGE_SIZE 65535
#define DNS_NAME_SIZE	 256

enum dns_type {
	DNS_TYPE_A = 1,
	DNS_TYPE_SOA = 6,
	DNS_TYPE_PTR = 12,
	DNS_TYPE_AAAA = 28,
	DNS_TYPE_OPT = 41,
	DNS_TYPE_ANY = 255,
};

enum dns_code {
	DNS_CODE_OK = 0,
	DNS_CODE_FORMAT = 1,
	DNS_CODE_FAILURE = 2,
	DNS_CODE_NO_NAME = 3,
	DNS_CODE_NOT_IMPLEMENTED = 4,
	DNS_CODE_REFUSED = 5,
};

struct dns_question {
	uint16_t id, flags, type, class;
	size_t question_size; /* of name, type and class in the message */
	size_t udp_limit;     /* how large an answer may be over UDP */
	bool has_edns;
	char name[DNS_NAME_SIZE]; /* without the last dot; "" is the root */
	size_t name_length;
};

/* Returns DNS_CODE_OK; another code to answer with; or -1 for what deserves no answer at all. A
 * name with bytes that a text cannot show (dots, NUL) is kept as an empty name of no match. */
int dns_message_parse(struct dns_question *question, const uint8_t *message, size_t size);

/* An answer being written. */
struct dns_reply {
	uint8_t *bytes;
	size_t size, limit;
	bool is_truncated;
};

/* Header and question as asked, the flags of an answer of our own. */
void dns_message_start(struct dns_reply *reply, uint8_t *buffer, size_t limit,
		       const struct dns_question *question, const uint8_t *message);
void dns_message_add_address(struct dns_reply *reply, uint16_t type, const void *address,
			     size_t length, uint32_t ttl);
void dns_message_add_name(struct dns_reply *reply, const char *name, uint32_t ttl);
/* Completes the header (and EDNS); returns the size of the message. */
size_t dns_message_finish(struct dns_reply *reply, const struct dns_question *question,
			  enum dns_code code);

/* Is this an answer to the question that @query asks? */
bool dns_message_is_answer(const uint8_t *reply, size_t size, const uint8_t *query,
			   size_t query_size);
enum dns_code dns_message_code(const uint8_t *message);
uint16_t dns_message_id(const uint8_t *message);
void dns_message_set_id(uint8_t *message, uint16_t id);
/* Cuts an answer down to its question and sets TC. Returns the new size. */
size_t dns_message_truncate(uint8_t *reply, size_t size);
/* The address in a name below in-addr.arpa or ip6.arpa: AF_INET, AF_INET6, or 0 for others. */
int dns_message_parse_reverse(uint8_t address[16], const char *name);
