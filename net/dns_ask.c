/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dns_ask.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "base/units.h"
#include "net/dns_message.h"
#include "net/dns_record.h"
#include "net/netns.h"

#define RESPONDER  "127.0.0.11"
#define TIMEOUT_MS 6000

/* Its size; 0: no name has that form. */
static size_t write_question(uint8_t *out, const char *name, uint16_t type)
{
	size_t size = DNS_HEADER_SIZE;

	memcpy(out, "\1\1\1\0\0\1\0\0\0\0\0\0", DNS_HEADER_SIZE);
	while (*name) {
		size_t length = strcspn(name, ".");

		if (length == 0 || length > 63 || size + length > DNS_NAME_SIZE)
			return 0;
		out[size++] = (uint8_t)length;
		memcpy(out + size, name, length);
		size += length;
		name += length + (name[length] == '.');
	}
	memcpy(out + size, (uint8_t[]){0, 0, (uint8_t)type, 0, 1}, 5);
	return size == DNS_HEADER_SIZE ? 0 : size + 5;
}

static void read_reply(const uint8_t *reply, size_t size, struct strvec *addresses)
{
	unsigned answers = reply[6] << 8U | reply[7];
	char text[INET6_ADDRSTRLEN];
	struct dns_records records;
	struct dns_record record;

	dns_record_begin(&records, reply, size);
	while (answers-- > 0 && dns_record_next(&records, &record)) {
		bool is_ipv4 = record.type == DNS_TYPE_A && record.length == 4;

		if (is_ipv4 || (record.type == DNS_TYPE_AAAA && record.length == 16))
			strvec_add(addresses,
				   inet_ntop(is_ipv4 ? AF_INET : AF_INET6, reply + record.data_at,
					     text, sizeof(text)));
	}
}

static int ask(int fd, const char *name, uint16_t type, struct strvec *addresses, struct error *err)
{
	uint8_t question[DNS_NAME_SIZE + 32], reply[DNS_UDP_MAXIMUM];
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	size_t size = write_question(question, name, type);
	ssize_t n;

	if (size == 0)
		return error_set(err, ERROR_INVALID, "'%s' is no name", name);
	if (send(fd, question, size, 0) < 0)
		return error_errno(err, "cannot ask " RESPONDER);
	if (poll(&wait, 1, TIMEOUT_MS) == 0)
		return error_set(err, ETIMEDOUT, RESPONDER " does not answer");
	n = recv(fd, reply, sizeof(reply), 0);
	if (n < 0)
		return error_errno(err, "cannot ask " RESPONDER);
	if (!dns_message_is_answer(reply, (size_t)n, question, size))
		return error_set(err, EPROTO, RESPONDER " answers something else");
	read_reply(reply, (size_t)n, addresses);
	return (int)dns_message_code(reply);
}

int dns_ask(int netns_fd, const char *name, struct dns_asked *asked, struct arena *arena,
	    struct error *err)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(53)};
	auto_close int fd = netns_socket(netns_fd, AF_INET, SOCK_DGRAM, 0, err);
	auto_strvec struct strvec addresses = {0};
	int64_t start_ns = units_monotonic_ns();
	int code4, code6;

	inet_pton(AF_INET, RESPONDER, &to.sin_addr);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return error_errno(err, "cannot ask " RESPONDER);
	code4 = ask(fd, name, DNS_TYPE_A, &addresses, err);
	if (code4 < 0)
		return -1;
	asked->microseconds = (units_monotonic_ns() - start_ns) / MICROSECOND;
	code6 = ask(fd, name, DNS_TYPE_AAAA, &addresses, err);
	if (code6 < 0)
		return -1;
	asked->code = code4 > code6 ? code4 : code6;
	asked->count = addresses.count;
	asked->addresses = strvec_copy(&addresses, arena);
	return 0;
}
