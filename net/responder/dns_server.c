/* SPDX-License-Identifier: Apache-2.0 */
#include "net/responder/dns_server.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "base/error.h"
#include "net/responder/dns_forward.h"
#include "net/responder/dns_tcp.h"

#define BATCH	   32
#define ROUNDS	   4	 /* batches before other sources of the loop get their turn */
#define QUERY_SIZE 512	 /* questions are short; longer ones are cut and answered FORMERR */
#define REPLY_ROOM 32768 /* for the replies of a batch, packed */

/* Working memory of one batch. On the stack: a responder without questions has none of it. */
struct batch {
	uint8_t queries[BATCH][QUERY_SIZE];
	uint8_t replies[REPLY_ROOM];
	size_t used; /* of replies */
	unsigned answers;
	struct sockaddr_in clients[BATCH];
	struct iovec inputs[BATCH], outputs[BATCH];
	struct mmsghdr received[BATCH], sent[BATCH];
};

static int receive(int fd, struct batch *batch)
{
	for (int i = 0; i < BATCH; i++) {
		batch->inputs[i] = (struct iovec){batch->queries[i], QUERY_SIZE};
		batch->received[i].msg_hdr = (struct msghdr){
			.msg_iov = &batch->inputs[i],
			.msg_iovlen = 1,
			.msg_name = &batch->clients[i],
			.msg_namelen = sizeof(batch->clients[i]),
		};
	}
	return recvmmsg(fd, batch->received, BATCH, MSG_DONTWAIT, NULL);
}

/* Returns the size of the answer; 0 when there is none now. */
static size_t handle_query(struct dns_server *server, struct batch *batch, int index,
			   uint8_t *reply)
{
	const uint8_t *query = batch->queries[index];
	size_t size = batch->received[index].msg_len;
	struct dns_question question;
	int code = dns_message_parse(&question, query, size);
	size_t length;

	if (code < 0)
		return 0;
	if (batch->received[index].msg_hdr.msg_flags & MSG_TRUNC)
		code = DNS_CODE_FORMAT;
	if (code != DNS_CODE_OK)
		return dns_answer_code(&question, query, reply, (enum dns_code)code);
	length = dns_answer(&server->resolver, &question, query, reply, question.udp_limit);
	if (length == 0)
		dns_forward(server->forwarder, query, size, &question, &batch->clients[index]);
	return length;
}

static void send_replies(int fd, struct batch *batch)
{
	struct mmsghdr *messages = batch->sent;
	unsigned count = batch->answers;

	while (count > 0) {
		int n = sendmmsg(fd, messages, count, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			n = 1; /* this client has gone: drop its answer, not the others */
		messages += n;
		count -= (unsigned)n;
	}
	batch->answers = 0;
	batch->used = 0;
}

static void queue_reply(struct batch *batch, int client, size_t size)
{
	unsigned index = batch->answers++;

	batch->outputs[index] = (struct iovec){batch->replies + batch->used, size};
	batch->sent[index].msg_hdr = (struct msghdr){
		.msg_iov = &batch->outputs[index],
		.msg_iovlen = 1,
		.msg_name = &batch->clients[client],
		.msg_namelen = sizeof(batch->clients[client]),
	};
	batch->used += size;
}

static void handle_udp(struct loop_source *source, uint32_t events)
{
	struct dns_server *server = source->data;
	struct batch batch;

	(void)events;
	batch.used = 0;
	batch.answers = 0;
	for (int round = 0; round < ROUNDS; round++) {
		int received = receive(source->fd, &batch);

		for (int i = 0; i < received; i++) {
			size_t size;

			if (batch.used + DNS_UDP_MAXIMUM > REPLY_ROOM)
				send_replies(source->fd, &batch);
			size = handle_query(server, &batch, i, batch.replies + batch.used);
			if (size > 0)
				queue_reply(&batch, i, size);
		}
		send_replies(source->fd, &batch);
		if (received < BATCH)
			return;
	}
}

int dns_server_start(struct dns_server *server, struct loop *loop, int udp_fd, int tcp_fd,
		     struct error *err)
{
	struct dns_resolver *resolver = &server->resolver;

	if (getrandom(&resolver->random, sizeof(resolver->random), 0) < 0 || !resolver->random)
		resolver->random = 1;
	server->forwarder = dns_forward_new(loop, &server->upstreams, udp_fd, err);
	server->tcp = dns_tcp_new(loop, tcp_fd, resolver, &server->upstreams, err);
	if (!server->forwarder || !server->tcp)
		return -1;
	server->udp.handler = handle_udp;
	server->udp.data = server;
	return loop_add(loop, &server->udp, udp_fd, EPOLLIN, err);
}
