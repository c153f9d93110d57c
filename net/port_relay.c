/* SPDX-License-Identifier: Apache-2.0 */
#include "net/port_relay.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/loop.h"
#include "net/port_socket.h"
#include "net/udp_relay.h"

#define BUFFER_SIZE	 16384
#define CONNECTION_LIMIT 512 /* per container; more wait in the kernel's queue */

struct held_port {
	int fd;
	bool is_relayed, is_tcp;
	struct cidr target;
	uint16_t target_port;
	struct loop_source source;
	struct port_holder *holder;
	struct udp_relay *udp; /* NULL until a datagram comes */
};

/* One direction of a connection. */
struct stream {
	char *buffer;
	size_t start, end;
	bool is_finished; /* the source has no more */
	bool is_shut;	  /* and the sink has been told */
};

struct connection {
	struct port_holder *holder;
	struct connection *previous, *next;
	struct loop_source sources[2]; /* 0: the client, 1: the container */
	uint32_t interest[2];
	struct stream streams[2]; /* streams[i] comes from sources[i] */
	bool is_connected;
};

struct port_holder {
	struct held_port **ports;
	size_t count;
	struct connection *connections;
	size_t connection_count;
	bool is_paused; /* at the limit */
	struct loop *loop;
};

struct port_holder *port_relay_new(void)
{
	return alloc_zeroed(1, sizeof(struct port_holder));
}

bool port_relay_is_empty(const struct port_holder *holder)
{
	return holder->count == 0;
}

void port_relay_add(struct port_holder *holder, const struct claim *claim, int fd)
{
	struct held_port *port = alloc_zeroed(1, sizeof(*port));

	*port = (struct held_port){
		.fd = fd,
		.is_relayed = port_socket_is_relayed(claim),
		.is_tcp = claim->protocol == IPPROTO_TCP,
		.target = claim->relay,
		.target_port = claim->target_port,
		.holder = holder,
	};
	holder->ports = alloc_resize(holder->ports, holder->count + 1, sizeof(*holder->ports));
	holder->ports[holder->count++] = port;
}

static void close_connection(struct connection *connection)
{
	struct port_holder *holder = connection->holder;

	for (int i = 0; i < 2; i++) {
		loop_remove(&connection->sources[i]);
		close(connection->sources[i].fd);
		free(connection->streams[i].buffer);
	}
	if (connection->previous)
		connection->previous->next = connection->next;
	else
		holder->connections = connection->next;
	if (connection->next)
		connection->next->previous = connection->previous;
	holder->connection_count--;
	free(connection);
}

static void pause_accepting(struct port_holder *holder, bool is_paused)
{
	if (holder->is_paused == is_paused)
		return;
	holder->is_paused = is_paused;
	for (size_t i = 0; i < holder->count; i++)
		if (holder->ports[i]->source.loop && holder->ports[i]->is_tcp)
			loop_modify(&holder->ports[i]->source, is_paused ? 0 : EPOLLIN, NULL);
}

static bool would_block(void)
{
	return errno == EAGAIN || errno == EINTR;
}

/* Moves what there is. False when the connection is broken. */
static bool pump(struct stream *stream, int from, int to)
{
	if (!stream->buffer)
		stream->buffer = alloc_bytes(BUFFER_SIZE);
	for (;;) {
		ssize_t n;

		if (stream->start < stream->end) {
			n = send(to, stream->buffer + stream->start, stream->end - stream->start,
				 MSG_NOSIGNAL);
			if (n < 0)
				return would_block();
			stream->start += (size_t)n;
			continue;
		}
		stream->start = stream->end = 0;
		if (stream->is_finished) {
			if (!stream->is_shut && shutdown(to, SHUT_WR) < 0)
				return false;
			stream->is_shut = true;
			return true;
		}
		n = recv(from, stream->buffer, BUFFER_SIZE, 0);
		if (n < 0)
			return would_block();
		stream->end = (size_t)n;
		stream->is_finished = n == 0;
	}
}

/* Waits only for what can be used: input for an empty buffer, room for a full one. */
static void update_interest(struct connection *connection)
{
	for (int i = 0; i < 2; i++) {
		const struct stream *input = &connection->streams[i];
		const struct stream *output = &connection->streams[!i];
		uint32_t wanted = 0;

		if (!input->is_finished && input->start == input->end)
			wanted |= EPOLLIN;
		if (output->start < output->end)
			wanted |= EPOLLOUT;
		/* epoll reports a hang-up even to who waits for nothing, again and again. */
		if (input->is_finished && output->is_shut)
			loop_remove(&connection->sources[i]);
		else if (wanted != connection->interest[i])
			loop_modify(&connection->sources[i], wanted, NULL);
		connection->interest[i] = wanted;
	}
}

static void handle_connection(struct loop_source *source, uint32_t events)
{
	struct connection *connection = source->data;
	struct port_holder *holder = connection->holder;
	int client = connection->sources[0].fd, target = connection->sources[1].fd;

	if (!connection->is_connected) {
		int problem = 0;
		socklen_t size = sizeof(problem);

		if (source == &connection->sources[1])
			getsockopt(target, SOL_SOCKET, SO_ERROR, &problem, &size);
		connection->is_connected = source == &connection->sources[1] && problem == 0;
		if (!connection->is_connected) {
			close_connection(connection); /* refused, or the client has gone */
			pause_accepting(holder, false);
			return;
		}
	}
	if (!pump(&connection->streams[0], client, target) ||
	    !pump(&connection->streams[1], target, client) ||
	    (connection->streams[0].is_shut && connection->streams[1].is_shut) ||
	    (events & EPOLLERR)) {
		close_connection(connection);
		pause_accepting(holder, false);
		return;
	}
	update_interest(connection);
}

static void open_connection(struct held_port *port, int client)
{
	struct port_holder *holder = port->holder;
	auto_close int mine = client, target = -1;
	struct connection *connection;
	int one = 1;

	target = port_socket_connect(&port->target, port->target_port, SOCK_STREAM);
	if (target < 0)
		return;
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(target, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	connection = alloc_zeroed(1, sizeof(*connection));
	connection->holder = holder;
	connection->next = holder->connections;
	if (connection->next)
		connection->next->previous = connection;
	holder->connections = connection;
	holder->connection_count++;
	for (int i = 0; i < 2; i++) {
		connection->sources[i].handler = handle_connection;
		connection->sources[i].data = connection;
		connection->sources[i].fd = i == 0 ? client : target;
	}
	take_fd(&mine);
	take_fd(&target);
	/* Nothing to do for the client until the container has answered. */
	connection->interest[1] = EPOLLOUT;
	if (loop_add(holder->loop, &connection->sources[0], connection->sources[0].fd, 0, NULL) <
		    0 ||
	    loop_add(holder->loop, &connection->sources[1], connection->sources[1].fd, EPOLLOUT,
		     NULL) < 0)
		close_connection(connection);
}

static void handle_port(struct loop_source *source, uint32_t events)
{
	struct held_port *port = source->data;

	(void)events;
	if (!port->is_tcp) {
		if (!port->udp)
			port->udp = udp_relay_new(port->holder->loop, port->fd, &port->target,
						  port->target_port);
		udp_relay_receive(port->udp);
		return;
	}
	for (int i = 0; i < 16; i++) {
		int client;

		if (port->holder->connection_count >= CONNECTION_LIMIT) {
			pause_accepting(port->holder, true);
			return;
		}
		client = accept4(port->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (client < 0)
			return;
		open_connection(port, client);
	}
}

int port_relay_start(struct port_holder *holder, struct loop *loop, struct error *err)
{
	holder->loop = loop;
	for (size_t i = 0; i < holder->count; i++) {
		struct held_port *port = holder->ports[i];

		if (!port->is_relayed || port->source.loop)
			continue;
		port->source.handler = handle_port;
		port->source.data = port;
		if (loop_add(loop, &port->source, port->fd, EPOLLIN, err) < 0)
			return -1;
	}
	return 0;
}

void port_relay_free(struct port_holder *holder)
{
	if (!holder)
		return;
	while (holder->connections)
		close_connection(holder->connections);
	for (size_t i = 0; i < holder->count; i++) {
		loop_remove(&holder->ports[i]->source);
		udp_relay_free(holder->ports[i]->udp);
		close(holder->ports[i]->fd);
		free(holder->ports[i]);
	}
	free(holder->ports);
	free(holder);
}
