/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dns_message.h"

#include <string.h>
#include <sys/socket.h>

#include "tests/harness/harness.h"

/* "Web.front", type A, class IN. */
static const uint8_t plain[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
			       "\x03Web\x05"
			       "front\x00\x00\x01\x00\x01";
#define PLAIN_SIZE (sizeof(plain) - 1)

TEST(reads_a_question)
{
	struct dns_question question;

	CHECK_INT(dns_message_parse(&question, plain, PLAIN_SIZE), DNS_CODE_OK);
	CHECK_TEXT(question.name, "Web.front");
	CHECK(question.id == 0x1234 && question.type == DNS_TYPE_A && question.class == 1);
	CHECK(!question.has_edns && question.udp_limit == 512);
	CHECK_INT(question.question_size, 15);
}

TEST(refuses_every_cut_of_a_question)
{
	struct dns_question question;

	for (size_t size = 0; size < PLAIN_SIZE; size++)
		CHECK_INT(dns_message_parse(&question, plain, size),
			  size < 12 ? -1 : DNS_CODE_FORMAT);
}

static int parse_changed(size_t offset, uint8_t value)
{
	uint8_t copy[PLAIN_SIZE];
	struct dns_question question;

	memcpy(copy, plain, PLAIN_SIZE);
	copy[offset] = value;
	return dns_message_parse(&question, copy, PLAIN_SIZE);
}

TEST(tells_odd_messages_apart)
{
	CHECK_INT(parse_changed(2, 0x81), -1);			     /* an answer */
	CHECK_INT(parse_changed(2, 0x28), DNS_CODE_NOT_IMPLEMENTED); /* an update */
	CHECK_INT(parse_changed(5, 0), DNS_CODE_FORMAT);	     /* no question */
	CHECK_INT(parse_changed(5, 2), DNS_CODE_FORMAT);
	CHECK_INT(parse_changed(12, 0xc0), DNS_CODE_FORMAT); /* compression in a question */
	CHECK_INT(parse_changed(12, 0x40), DNS_CODE_FORMAT);
	CHECK_INT(parse_changed(12, 60), DNS_CODE_FORMAT);
}

TEST(a_name_with_a_dot_in_a_label_matches_nothing)
{
	uint8_t copy[PLAIN_SIZE];
	struct dns_question question;

	memcpy(copy, plain, PLAIN_SIZE);
	copy[14] = '.';
	CHECK_INT(dns_message_parse(&question, copy, PLAIN_SIZE), DNS_CODE_OK);
	CHECK_TEXT(question.name, "");
}

TEST(honours_the_size_that_edns_gives)
{
	static const uint8_t record[] = {0, 0, 41, 0x05, 0xdc, 0, 0, 0, 0, 0, 0};
	uint8_t message[PLAIN_SIZE + sizeof(record)], buffer[4096];
	struct dns_question question;
	struct dns_reply reply;

	memcpy(message, plain, PLAIN_SIZE);
	memcpy(message + PLAIN_SIZE, record, sizeof(record));
	message[11] = 1;
	CHECK_INT(dns_message_parse(&question, message, sizeof(message)), DNS_CODE_OK);
	CHECK(question.has_edns && question.udp_limit == 1500);
	dns_message_start(&reply, buffer, question.udp_limit, &question, message);
	for (int i = 0; i < 100; i++)
		dns_message_add_address(&reply, DNS_TYPE_A, "\1\2\3\4", 4, 5);
	CHECK(reply.is_truncated);
	CHECK(dns_message_finish(&reply, &question, DNS_CODE_OK) <= 1500);
	CHECK(buffer[2] & 2);
	CHECK_INT(buffer[11], 1);
}

TEST(builds_an_answer_that_belongs_to_its_question)
{
	struct dns_question question;
	struct dns_reply reply;
	uint8_t buffer[512];
	size_t size;

	CHECK_INT(dns_message_parse(&question, plain, PLAIN_SIZE), DNS_CODE_OK);
	dns_message_start(&reply, buffer, sizeof(buffer), &question, plain);
	dns_message_add_address(&reply, DNS_TYPE_A, "\254\22\0\2", 4, 5);
	size = dns_message_finish(&reply, &question, DNS_CODE_OK);
	CHECK_INT(size, PLAIN_SIZE + 16);
	CHECK_INT(buffer[2] & 0x81, 0x81);
	CHECK(memcmp(buffer + PLAIN_SIZE, "\300\014\0\1\0\1\0\0\0\5\0\4\254\22\0\2", 16) == 0);
	CHECK(dns_message_is_answer(buffer, size, plain, PLAIN_SIZE));
	buffer[13] = 'w'; /* the case may change */
	CHECK(dns_message_is_answer(buffer, size, plain, PLAIN_SIZE));
	buffer[13] = 'x';
	CHECK(!dns_message_is_answer(buffer, size, plain, PLAIN_SIZE));
	buffer[13] = 'W';
	buffer[0] ^= 1;
	CHECK(!dns_message_is_answer(buffer, size, plain, PLAIN_SIZE));
	buffer[0] ^= 1;
	CHECK_INT(dns_message_truncate(buffer, size), PLAIN_SIZE);
	CHECK(buffer[2] & 2);
}

TEST(reads_reverse_names)
{
	uint8_t address[16];

	CHECK_INT(dns_message_parse_reverse(address, "2.0.18.172.IN-ADDR.arpa"), AF_INET);
	CHECK(memcmp(address, "\254\22\0\2", 4) == 0);
	CHECK_INT(dns_message_parse_reverse(address, "256.0.18.172.in-addr.arpa"), 0);
	CHECK_INT(dns_message_parse_reverse(address, "0.18.172.in-addr.arpa"), 0);
	CHECK_INT(dns_message_parse_reverse(address, "x.in-addr.arpa"), 0);
	CHECK_INT(dns_message_parse_reverse(address,
					    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
					    "0.0.0.0.0.0.0.d.f.ip6.arpa"),
		  AF_INET6);
	CHECK(address[0] == 0xfd && address[15] == 1);
	CHECK_INT(dns_message_parse_reverse(address, "1.0.d.f.ip6.arpa"), 0);
}
