/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions from containers and answers from resolvers: whatever comes, every answer that is built
 * fits its limit, and belongs to its question.
 */
#include "net/dns_message.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void build(const struct dns_question *question, const uint8_t *message)
{
	uint8_t *buffer = malloc(question->udp_limit);
	struct dns_reply reply;
	size_t length;

	dns_message_start(&reply, buffer, question->udp_limit, question, message);
	for (int i = 0; i < 50; i++) {
		dns_message_add_address(&reply, DNS_TYPE_A, "\1\2\3\4", 4, 5);
		dns_message_add_name(&reply, "container.network", 5);
	}
	length = dns_message_finish(&reply, question, DNS_CODE_OK);
	if (length > question->udp_limit)
		abort();
	if (!dns_message_is_answer(buffer, length, message,
				   DNS_HEADER_SIZE + question->question_size))
		abort();
	free(buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_question question;
	uint8_t address[16], *copy = malloc(size + 1);

	memcpy(copy, data, size);
	if (dns_message_parse(&question, copy, size) == DNS_CODE_OK) {
		build(&question, copy);
		dns_message_parse_reverse(address, question.name);
	}
	dns_message_is_answer(copy, size, copy, size / 2);
	dns_message_is_answer(copy, size / 2, copy, size);
	if (size >= DNS_HEADER_SIZE && dns_message_truncate(copy, size) > size)
		abort();
	free(copy);
	return 0;
}
