/* SPDX-License-Identifier: Apache-2.0 */
#include "net/netlink.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"

#define RECEIVE_SIZE 32768

int netlink_open(struct netlink *netlink, struct error *err)
{
	struct sockaddr_nl local = {.nl_family = AF_NETLINK};
	auto_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int one = 1;

	if (fd < 0 || bind(fd, (struct sockaddr *)&local, sizeof(local)) < 0)
		return error_errno(err, "cannot open a netlink socket");
	/* Acknowledgements without a copy of the request. */
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	*netlink = (struct netlink){.fd = take_fd(&fd), .sequence = 1};
	return 0;
}

void netlink_close(struct netlink *netlink)
{
	if (netlink->sequence > 0)
		close(netlink->fd);
	*netlink = (struct netlink){0};
}

struct nl_msg *netlink_message(int type, int flags, const void *header, size_t size)
{
	struct nl_msg *message = nlmsg_alloc_simple(type, NLM_F_REQUEST | flags);

	if (!message || nlmsg_append(message, (void *)header, size, NLMSG_ALIGNTO) < 0)
		alloc_fail();
	return message;
}

void netlink_add(struct netlink_batch *batch, struct nl_msg *message, const char *what, ...)
{
	va_list args;

	assert(batch->count < array_length(batch->messages));
	va_start(args, what);
	vsnprintf(batch->what[batch->count], sizeof(batch->what[0]), what, args);
	va_end(args);
	batch->messages[batch->count++] = message;
}

static ssize_t receive(int fd, void *buffer, size_t size)
{
	ssize_t n;

	do
		n = recv(fd, buffer, size, 0);
	while (n < 0 && errno == EINTR);
	return n;
}

static int send_batch(struct netlink *netlink, struct netlink_batch *batch, struct error *err)
{
	struct iovec parts[array_length(batch->messages)];
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = batch->count};
	ssize_t n;

	for (size_t i = 0; i < batch->count; i++) {
		struct nlmsghdr *header = nlmsg_hdr(batch->messages[i]);

		header->nlmsg_flags |= NLM_F_ACK;
		header->nlmsg_seq = netlink->sequence + (uint32_t)i;
		parts[i] = (struct iovec){header, NLMSG_ALIGN(header->nlmsg_len)};
	}
	do
		n = sendmsg(netlink->fd, &message, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(err, "cannot send a netlink request");
	return 0;
}

/* Notes the first error; returns how many acknowledgements the buffer held. */
static size_t read_acks(const struct netlink *netlink, const struct netlink_batch *batch,
			void *buffer, size_t length, struct error *err)
{
	size_t acks = 0;
	int left = (int)length;

	for (struct nlmsghdr *at = buffer; NLMSG_OK(at, (unsigned)left);
	     at = NLMSG_NEXT(at, left)) {
		const struct nlmsgerr *ack = NLMSG_DATA(at);
		uint32_t index = at->nlmsg_seq - netlink->sequence;

		if (at->nlmsg_type != NLMSG_ERROR || index >= batch->count)
			continue;
		acks++;
		if (ack->error && err->code == 0)
			error_number(err, -ack->error, "cannot %s", batch->what[index]);
	}
	return acks;
}

int netlink_commit(struct netlink *netlink, struct netlink_batch *batch, struct error *err)
{
	auto_free char *buffer = alloc_bytes(RECEIVE_SIZE);
	struct error first = {0};
	size_t acks = 0;

	if (batch->count > 0 && send_batch(netlink, batch, &first) == 0)
		while (acks < batch->count) {
			ssize_t n = receive(netlink->fd, buffer, RECEIVE_SIZE);

			if (n < 0) {
				error_errno(&first, "cannot receive a netlink reply");
				break;
			}
			acks += read_acks(netlink, batch, buffer, (size_t)n, &first);
		}
	netlink->sequence += (uint32_t)batch->count;
	for (size_t i = 0; i < batch->count; i++)
		nlmsg_free(batch->messages[i]);
	batch->count = 0;
	if (first.code == 0)
		return 0;
	return error_pass(err, &first);
}

/* Returns 1 when the dump is complete. */
static int read_dump(uint32_t sequence, void *buffer, size_t length, netlink_visit *visit,
		     void *data)
{
	int left = (int)length;

	for (struct nlmsghdr *at = buffer; NLMSG_OK(at, (unsigned)left);
	     at = NLMSG_NEXT(at, left)) {
		if (at->nlmsg_seq != sequence)
			continue;
		if (at->nlmsg_type == NLMSG_DONE)
			return 1;
		if (at->nlmsg_type == NLMSG_ERROR) {
			errno = -((const struct nlmsgerr *)NLMSG_DATA(at))->error;
			return -1;
		}
		visit(at, data);
	}
	return 0;
}

int netlink_dump(struct netlink *netlink, struct nl_msg *message, netlink_visit *visit, void *data,
		 struct error *err)
{
	auto_free char *buffer = alloc_bytes(RECEIVE_SIZE);
	struct nlmsghdr *header = nlmsg_hdr(message);
	uint32_t sequence = netlink->sequence++;
	ssize_t n;
	int done = 0;

	header->nlmsg_flags |= NLM_F_DUMP;
	header->nlmsg_seq = sequence;
	n = send(netlink->fd, header, header->nlmsg_len, 0);
	nlmsg_free(message);
	if (n < 0)
		return error_errno(err, "cannot send a netlink request");
	while (done == 0) {
		n = receive(netlink->fd, buffer, RECEIVE_SIZE);
		done = n < 0 ? -1 : read_dump(sequence, buffer, (size_t)n, visit, data);
	}
	if (done < 0)
		return error_errno(err, "cannot list kernel objects over netlink");
	return 0;
}
