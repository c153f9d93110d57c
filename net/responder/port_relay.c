/* SPDX-License-Identifier: Apache-2.0 */
#include "net/responder/port_relay.h"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/loop.h"
#include "net/port_socket.h"
#include "net/responder/udp_relay.h"
#include "net/responder_wire.h"

#define CONNECTION_LIMIT 512 /* per container; more wait in the kernel's queue */

struct held_socket {
	int fd;
	bool is_tcp;
	struct cidr target;
	uint16_t target_port;
	struct loop_source source;
	struct port_relay *relay;
	struct udp_relay *udp; /* NULL until a datagram comes */
};

void port_relay_add(struct port_relay *relay, int fd, const struct responder_message *message)
{
	struct held_socket *held = alloc_zeroed(1, sizeof(*held));

	*held = (struct held_socket){
		.fd = fd,
		.is_tcp = message->relay.is_tcp,
		.target = message->relay.target,
		.target_port = message->relay.port,
		.relay = relay,
	};
	relay->sockets = alloc_resize(relay->sockets, relay->count + 1, sizeof(*relay->sockets));
	relay->sockets[relay->count++] = held;
}

static void pause_accepting(struct port_relay *relay, bool is_paused)
{
	if (relay->is_paused == is_paused)
		return;
	relay->is_paused = is_paused;
	for (size_t i = 0; i < relay->count; i++)
		if (relay->sockets[i]->is_tcp)
			loop_modify(&relay->sockets[i]->source, is_paused ? 0 : EPOLLIN, NULL);
}

static void accept_again(void *data)
{
	pause_accepting(data, false);
}

static void open_connection(struct held_socket *held, int client)
{
	auto_close int mine = client, target = -1;
	int one = 1;

	target = port_socket_connect(&held->target, held->target_port, SOCK_STREAM);
	if (target < 0)
		return;
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(target, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	socket_relay_add(&held->relay->connections, take_fd(&mine), take_fd(&target));
}

static void handle_socket(struct loop_source *source, uint32_t events)
{
	struct held_socket *held = source->data;

	(void)events;
	if (!held->is_tcp) {
		if (!held->udp)
			held->udp = udp_relay_new(held->relay->connections.loop, held->fd,
						  &held->target, held->target_port);
		udp_relay_receive(held->udp);
		return;
	}
	for (int i = 0; i < 16; i++) {
		int client;

		if (held->relay->connections.count >= CONNECTION_LIMIT) {
			pause_accepting(held->relay, true);
			return;
		}
		client = loop_accept(source);
		if (client < 0)
			return;
		open_connection(held, client);
	}
}

int port_relay_start(struct port_relay *relay, struct loop *loop, struct error *err)
{
	relay->connections.loop = loop;
	relay->connections.ended = accept_again;
	relay->connections.data = relay;
	for (size_t i = 0; i < relay->count; i++) {
		struct held_socket *held = relay->sockets[i];

		held->source.handler = handle_socket;
		held->source.data = held;
		if (loop_add(loop, &held->source, held->fd, EPOLLIN, err) < 0)
			return -1;
	}
	return 0;
}
