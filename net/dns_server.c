/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dns_server.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/loop.h"
#include "base/strvec.h"
#include "net/dns_answer.h"
#include "net/dns_forward.h"
#include "net/dns_redirect.h"
#include "net/dns_tcp.h"
#include "net/dns_upstream.h"
#include "net/netns.h"

#define BATCH	   32
#define ROUNDS	   4	 /* batches before other sources of the loop get their turn */
#define QUERY_SIZE 512	 /* questions are short; longer ones are cut and answered FORMERR */
#define REPLY_ROOM 32768 /* for the replies of a batch, packed */

struct dns_server {
	struct loop_source udp;
	struct dns_tcp *tcp;
	struct dns_forwarder *forwarder;
	struct dns_upstreams upstreams;
	struct dns_resolver resolver;
	struct strvec networks, links;
	char *project;
	int run_dirfd, netns_fd;
};

/* Working memory of one batch. On the stack: a monitor without questions has none of it. */
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

/* Inside the container's namespace. */
static int bind_socket(int type, struct error *err)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(DNS_REDIRECT_PORT),
		.sin_addr.s_addr = htonl(DNS_REDIRECT_ADDRESS),
	};
	auto_close int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int one = 1;

	if (fd < 0)
		return error_errno(err, "cannot create the DNS socket");
	/* A killed monitor's connections may still be winding down. */
	if (type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    (type == SOCK_STREAM && listen(fd, 64) < 0))
		return error_errno(err, "cannot bind the DNS socket to 127.0.0.11");
	return take_fd(&fd);
}

static int open_sockets(int netns_fd, int *udp_fd, int *tcp_fd, struct error *err)
{
	int home, result;

	if (netns_enter(netns_fd, &home, err) < 0)
		return -1;
	*udp_fd = bind_socket(SOCK_DGRAM, err);
	*tcp_fd = *udp_fd < 0 ? -1 : bind_socket(SOCK_STREAM, err);
	result = *tcp_fd < 0 ? -1 : dns_redirect_install(err);
	netns_leave(home);
	return result;
}

/* The monitor may outlive everything that the request points to. */
static int copy_request(struct dns_server *server, const struct net_context *context,
			const struct dns_request *request, struct error *err)
{
	struct dns_resolver *resolver = &server->resolver;

	server->run_dirfd = fcntl(context->run_dirfd, F_DUPFD_CLOEXEC, 3);
	server->netns_fd = fcntl(request->netns_fd, F_DUPFD_CLOEXEC, 3);
	if (server->run_dirfd < 0 || server->netns_fd < 0)
		return error_errno(err, "cannot keep the network namespace open");
	strvec_add_all(&server->networks, request->networks);
	strvec_add_all(&server->links, request->links);
	server->project = request->project ? alloc_string(request->project) : NULL;
	resolver->count = server->networks.count;
	resolver->views = alloc_zeroed(resolver->count + 1, sizeof(*resolver->views));
	for (size_t i = 0; i < resolver->count; i++)
		dns_view_init(&resolver->views[i], server->run_dirfd, server->networks.items[i]);
	resolver->project = server->project;
	resolver->links = server->links.items;
	if (getrandom(&resolver->random, sizeof(resolver->random), 0) < 0 || !resolver->random)
		resolver->random = 1;
	dns_upstreams_init(&server->upstreams, request->servers, server->netns_fd,
			   request->is_isolated);
	return 0;
}

static int start(struct dns_server *server, const struct net_context *context,
		 const struct dns_request *request, struct loop *loop, struct error *err)
{
	auto_close int udp_fd = -1, tcp_fd = -1;

	if (copy_request(server, context, request, err) < 0 ||
	    open_sockets(server->netns_fd, &udp_fd, &tcp_fd, err) < 0)
		return -1;
	server->forwarder = dns_forward_new(loop, &server->upstreams, udp_fd, err);
	server->tcp =
		dns_tcp_new(loop, take_fd(&tcp_fd), &server->resolver, &server->upstreams, err);
	if (!server->forwarder || !server->tcp)
		return -1;
	server->udp.handler = handle_udp;
	server->udp.data = server;
	if (loop_add(loop, &server->udp, udp_fd, EPOLLIN, err) < 0)
		return -1;
	take_fd(&udp_fd);
	return 0;
}

int dns_server_open(struct dns_server **server, const struct net_context *context,
		    const struct dns_request *request, struct loop *loop, struct error *err)
{
	struct dns_server *mine = alloc_zeroed(1, sizeof(*mine));

	mine->run_dirfd = mine->netns_fd = -1;
	if (start(mine, context, request, loop, err) < 0) {
		dns_server_close(mine);
		return error_wrap(err, "cannot start the DNS responder");
	}
	*server = mine;
	return 0;
}

void dns_server_close(struct dns_server *server)
{
	if (!server)
		return;
	if (server->udp.loop) {
		loop_remove(&server->udp);
		close(server->udp.fd);
	}
	dns_tcp_free(server->tcp);
	dns_forward_free(server->forwarder);
	for (size_t i = 0; i < server->resolver.count; i++)
		dns_view_release(&server->resolver.views[i]);
	free(server->resolver.views);
	strvec_release(&server->networks);
	strvec_release(&server->links);
	free(server->project);
	cleanup_close(&server->run_dirfd);
	cleanup_close(&server->netns_fd);
	free(server);
}
