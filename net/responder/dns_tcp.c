/* SPDX-License-Identifier: Apache-2.0 */
#include "net/responder/dns_tcp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/loop.h"
#include "base/units.h"
#include "net/responder/supply.h"

#define CLIENT_NS	 (5 * SECOND) /* for a question to come, and for its answer to be taken */
#define UPSTREAM_NS	 (2 * SECOND) /* for one server to answer */
#define CONNECTION_LIMIT 64

/* A message with its two bytes of length, growing or shrinking. */
struct transfer {
	uint8_t *bytes;
	size_t size, done;
};

enum state {
	STATE_QUESTION, /* reading from the client */
	STATE_ASKING,	/* writing to a server */
	STATE_WAITING,	/* reading from it */
	STATE_ANSWER,	/* writing to the client */
};

struct connection {
	struct dns_tcp *tcp;
	struct connection *next;
	enum state state;
	struct loop_source client, server;
	struct transfer question, answer;
	uint16_t client_id;
	size_t server_index;
	int64_t deadline_ns;
};

struct dns_tcp {
	struct loop *loop;
	struct loop_source listener, timer;
	struct dns_resolver *resolver;
	struct dns_upstreams *upstreams;
	struct connection *connections;
	size_t count;
};

static void close_server(struct connection *connection)
{
	if (!connection->server.loop)
		return;
	loop_remove(&connection->server);
	close(connection->server.fd);
}

static void clear(struct transfer *transfer)
{
	free(transfer->bytes);
	*transfer = (struct transfer){0};
}

static void close_connection(struct connection *connection)
{
	struct dns_tcp *tcp = connection->tcp;
	struct connection **place = &tcp->connections;

	while (*place != connection)
		place = &(*place)->next;
	*place = connection->next;
	close_server(connection);
	loop_remove(&connection->client);
	close(connection->client.fd);
	clear(&connection->question);
	clear(&connection->answer);
	free(connection);
	if (tcp->count-- == CONNECTION_LIMIT)
		loop_modify(&tcp->listener, EPOLLIN, NULL);
	if (tcp->count == 0)
		loop_timer_set(&tcp->timer, 0, 0);
}

/* Reads a message as far as it has come. Returns 1 when it is whole, 0 when more has to come, -1
 * when the connection is of no more use. */
static int read_message(int fd, struct transfer *transfer)
{
	if (!transfer->bytes)
		*transfer = (struct transfer){.bytes = alloc_bytes(2), .size = 2};
	for (;;) {
		ssize_t n;

		if (transfer->done == transfer->size && transfer->size > 2)
			return 1;
		if (transfer->done == 2) {
			transfer->size =
				2U + (size_t)(transfer->bytes[0] << 8 | transfer->bytes[1]);
			if (transfer->size < 2 + DNS_HEADER_SIZE)
				return -1;
			transfer->bytes = alloc_resize(transfer->bytes, transfer->size, 1);
		}
		n = recv(fd, transfer->bytes + transfer->done, transfer->size - transfer->done, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n <= 0)
			return -1;
		transfer->done += (size_t)n;
	}
}

/* The same for writing. */
static int write_message(int fd, struct transfer *transfer)
{
	while (transfer->done < transfer->size) {
		ssize_t n = send(fd, transfer->bytes + transfer->done,
				 transfer->size - transfer->done, MSG_NOSIGNAL);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n < 0)
			return -1;
		transfer->done += (size_t)n;
	}
	return 1;
}

static void fill(struct transfer *transfer, const uint8_t *message, size_t size)
{
	clear(transfer);
	*transfer = (struct transfer){.bytes = alloc_bytes(size + 2), .size = size + 2};
	transfer->bytes[0] = (uint8_t)(size >> 8);
	transfer->bytes[1] = (uint8_t)size;
	memcpy(transfer->bytes + 2, message, size);
}

/* All of these return false when they have closed the connection. */
static bool set_state(struct connection *connection, enum state state)
{
	bool is_server = state == STATE_ASKING || state == STATE_WAITING;
	uint32_t client = state == STATE_QUESTION ? EPOLLIN : state == STATE_ANSWER ? EPOLLOUT : 0;

	connection->state = state;
	connection->deadline_ns = units_monotonic_ns() + (is_server ? UPSTREAM_NS : CLIENT_NS);
	loop_modify(&connection->client, client, NULL);
	return true;
}

static bool send_answer(struct connection *connection, const uint8_t *message, size_t size)
{
	close_server(connection);
	fill(&connection->answer, message, size);
	return set_state(connection, STATE_ANSWER);
}

static bool send_failure(struct connection *connection)
{
	const struct transfer *query = &connection->question;
	struct dns_question question;
	uint8_t reply[DNS_UDP_MINIMUM];

	if (dns_message_parse(&question, query->bytes + 2, query->size - 2) != DNS_CODE_OK) {
		close_connection(connection);
		return false;
	}
	question.id = connection->client_id;
	return send_answer(connection, reply,
			   dns_answer_code(&question, query->bytes + 2, reply, DNS_CODE_FAILURE));
}

static loop_handler handle_server;

/* Asks the next server that takes a connection; none left is a failure. */
static bool ask_server(struct connection *connection)
{
	struct dns_tcp *tcp = connection->tcp;

	close_server(connection);
	while (connection->server_index < tcp->upstreams->count) {
		int fd = supply_socket(tcp->upstreams, connection->server_index++, SOCK_STREAM);

		if (fd < 0)
			continue;
		connection->server.handler = handle_server;
		connection->server.data = connection;
		if (loop_add(tcp->loop, &connection->server, fd, EPOLLOUT, NULL) < 0) {
			close(fd);
			continue;
		}
		connection->question.done = 0;
		clear(&connection->answer);
		return set_state(connection, STATE_ASKING);
	}
	return send_failure(connection);
}

static bool forward(struct connection *connection)
{
	struct dns_upstreams *upstreams = connection->tcp->upstreams;
	uint16_t id;

	supply_servers(upstreams);
	if (upstreams->is_denied)
		return send_failure(connection);
	connection->server_index = 0;
	if (getrandom(&id, sizeof(id), 0) == sizeof(id))
		dns_message_set_id(connection->question.bytes + 2, id);
	return ask_server(connection);
}

static bool answer_question(struct connection *connection)
{
	const uint8_t *message = connection->question.bytes + 2;
	size_t size = connection->question.size - 2;
	struct dns_question question;
	uint8_t reply[16384];
	int code = dns_message_parse(&question, message, size);
	size_t length;

	if (code < 0) {
		close_connection(connection);
		return false;
	}
	connection->client_id = question.id;
	if (code != DNS_CODE_OK)
		length = dns_answer_code(&question, message, reply, (enum dns_code)code);
	else
		length = dns_answer(connection->tcp->resolver, &question, message, reply,
				    sizeof(reply));
	return length > 0 ? send_answer(connection, reply, length) : forward(connection);
}

static void handle_client(struct loop_source *source, uint32_t events)
{
	struct connection *connection = source->data;
	int result;

	if (connection->state == STATE_QUESTION) {
		result = read_message(source->fd, &connection->question);
		if (result > 0)
			answer_question(connection);
		if (result < 0)
			close_connection(connection);
		return;
	}
	if (connection->state != STATE_ANSWER || (events & EPOLLERR)) {
		close_connection(connection); /* it hung up without waiting for the answer */
		return;
	}
	result = write_message(source->fd, &connection->answer);
	if (result < 0) {
		close_connection(connection);
		return;
	}
	if (result == 0)
		return;
	clear(&connection->question);
	clear(&connection->answer);
	set_state(connection, STATE_QUESTION);
}

static bool take_answer(struct connection *connection)
{
	uint8_t *message = connection->answer.bytes + 2;
	size_t size = connection->answer.size - 2;

	if (!dns_message_is_answer(message, size, connection->question.bytes + 2,
				   connection->question.size - 2))
		return ask_server(connection);
	dns_message_set_id(message, connection->client_id);
	close_server(connection);
	connection->answer.done = 0;
	return set_state(connection, STATE_ANSWER);
}

static void handle_server(struct loop_source *source, uint32_t events)
{
	struct connection *connection = source->data;
	int result;

	(void)events;
	if (connection->state == STATE_ASKING) {
		result = write_message(source->fd, &connection->question);
		if (result < 0)
			ask_server(connection);
		if (result <= 0)
			return;
		connection->state = STATE_WAITING;
		loop_modify(source, EPOLLIN, NULL);
		return;
	}
	result = read_message(source->fd, &connection->answer);
	if (result < 0)
		ask_server(connection);
	if (result > 0)
		take_answer(connection);
}

static void handle_timer(struct loop_source *source, uint32_t events)
{
	struct dns_tcp *tcp = source->data;
	int64_t now = units_monotonic_ns();
	struct connection *next;

	(void)events;
	loop_timer_read(source);
	for (struct connection *connection = tcp->connections; connection; connection = next) {
		next = connection->next;
		if (now < connection->deadline_ns)
			continue;
		if (connection->state == STATE_ASKING || connection->state == STATE_WAITING)
			ask_server(connection);
		else
			close_connection(connection);
	}
}

static void handle_listener(struct loop_source *source, uint32_t events)
{
	struct dns_tcp *tcp = source->data;
	int fd = loop_accept(source);
	struct connection *connection;

	(void)events;
	if (fd < 0)
		return;
	connection = alloc_zeroed(1, sizeof(*connection));
	connection->tcp = tcp;
	connection->client.handler = handle_client;
	connection->client.data = connection;
	connection->deadline_ns = units_monotonic_ns() + CLIENT_NS;
	if (loop_add(tcp->loop, &connection->client, fd, EPOLLIN, NULL) < 0) {
		close(fd);
		free(connection);
		return;
	}
	connection->next = tcp->connections;
	tcp->connections = connection;
	if (tcp->count++ == 0)
		loop_timer_set(&tcp->timer, SECOND / 2, SECOND / 2);
	if (tcp->count == CONNECTION_LIMIT)
		loop_modify(source, 0, NULL);
}

struct dns_tcp *dns_tcp_new(struct loop *loop, int listen_fd, struct dns_resolver *resolver,
			    struct dns_upstreams *upstreams, struct error *err)
{
	struct dns_tcp *tcp = alloc_zeroed(1, sizeof(*tcp));

	tcp->loop = loop;
	tcp->resolver = resolver;
	tcp->upstreams = upstreams;
	tcp->listener.handler = handle_listener;
	tcp->listener.data = tcp;
	tcp->timer.handler = handle_timer;
	tcp->timer.data = tcp;
	if (loop_timer_create(loop, &tcp->timer, err) == 0 &&
	    loop_add(loop, &tcp->listener, listen_fd, EPOLLIN, err) == 0)
		return tcp;
	loop_timer_release(&tcp->timer);
	free(tcp);
	close(listen_fd);
	return NULL;
}

void dns_tcp_free(struct dns_tcp *tcp)
{
	if (!tcp)
		return;
	while (tcp->connections)
		close_connection(tcp->connections);
	loop_timer_release(&tcp->timer);
	loop_remove(&tcp->listener);
	close(tcp->listener.fd);
	free(tcp);
}
