/* SPDX-License-Identifier: Apache-2.0 */
#include "net/socket_relay.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/loop.h"

#define BUFFER_SIZE 16384

/* One direction of a connection. */
struct stream {
	char *buffer;
	size_t start, end;
	bool is_finished; /* the source has no more */
	bool is_shut;	  /* and the sink has been told */
};

struct relayed {
	struct socket_relay *relay;
	struct relayed *previous, *next;
	struct loop_source sources[2]; /* 0: the client, 1: the target */
	uint32_t interest[2];
	struct stream streams[2]; /* streams[i] comes from sources[i] */
	bool is_connected;
};

static void close_connection(struct relayed *connection)
{
	struct socket_relay *relay = connection->relay;

	for (int i = 0; i < 2; i++) {
		loop_remove(&connection->sources[i]);
		close(connection->sources[i].fd);
		free(connection->streams[i].buffer);
	}
	if (connection->previous)
		connection->previous->next = connection->next;
	else
		relay->connections = connection->next;
	if (connection->next)
		connection->next->previous = connection->previous;
	relay->count--;
	free(connection);
}

static void end_connection(struct relayed *connection)
{
	struct socket_relay *relay = connection->relay;

	close_connection(connection);
	if (relay->ended)
		relay->ended(relay->data);
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
static void update_interest(struct relayed *connection)
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
	struct relayed *connection = source->data;
	int client = connection->sources[0].fd, target = connection->sources[1].fd;

	if (!connection->is_connected) {
		int problem = 0;
		socklen_t size = sizeof(problem);

		if (source == &connection->sources[1])
			getsockopt(target, SOL_SOCKET, SO_ERROR, &problem, &size);
		connection->is_connected = source == &connection->sources[1] && problem == 0;
		if (!connection->is_connected) {
			end_connection(connection); /* refused, or the client has gone */
			return;
		}
	}
	if (!pump(&connection->streams[0], client, target) ||
	    !pump(&connection->streams[1], target, client) ||
	    (connection->streams[0].is_shut && connection->streams[1].is_shut) ||
	    (events & EPOLLERR)) {
		end_connection(connection);
		return;
	}
	update_interest(connection);
}

void socket_relay_add(struct socket_relay *relay, int client, int target)
{
	struct relayed *connection = alloc_zeroed(1, sizeof(*connection));

	connection->relay = relay;
	connection->next = relay->connections;
	if (connection->next)
		connection->next->previous = connection;
	relay->connections = connection;
	relay->count++;
	for (int i = 0; i < 2; i++) {
		connection->sources[i].handler = handle_connection;
		connection->sources[i].data = connection;
		connection->sources[i].fd = i == 0 ? client : target;
	}
	/* Nothing to do for the client until the target has answered. */
	connection->interest[1] = EPOLLOUT;
	if (loop_add(relay->loop, &connection->sources[0], client, 0, NULL) < 0 ||
	    loop_add(relay->loop, &connection->sources[1], target, EPOLLOUT, NULL) < 0)
		close_connection(connection);
}

void socket_relay_close(struct socket_relay *relay)
{
	while (relay->connections)
		close_connection(relay->connections);
}
