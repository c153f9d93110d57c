/* SPDX-License-Identifier: Apache-2.0 */
#include "net/port_relay.h"

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
#include "net/socket_relay.h"
#include "net/udp_relay.h"

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

struct port_holder {
	struct held_port **ports;
	size_t count;
	struct socket_relay connections;
	bool is_paused; /* at the limit */
};

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

static void pause_accepting(struct port_holder *holder, bool is_paused)
{
	if (holder->is_paused == is_paused)
		return;
	holder->is_paused = is_paused;
	for (size_t i = 0; i < holder->count; i++)
		if (holder->ports[i]->source.loop && holder->ports[i]->is_tcp)
			loop_modify(&holder->ports[i]->source, is_paused ? 0 : EPOLLIN, NULL);
}

static void accept_again(void *data)
{
	pause_accepting(data, false);
}

struct port_holder *port_relay_new(void)
{
	struct port_holder *holder = alloc_zeroed(1, sizeof(*holder));

	holder->connections.ended = accept_again;
	holder->connections.data = holder;
	return holder;
}

static void open_connection(struct held_port *port, int client)
{
	auto_close int mine = client, target = -1;
	int one = 1;

	target = port_socket_connect(&port->target, port->target_port, SOCK_STREAM);
	if (target < 0)
		return;
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(target, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	socket_relay_add(&port->holder->connections, take_fd(&mine), take_fd(&target));
}

static void handle_port(struct loop_source *source, uint32_t events)
{
	struct held_port *port = source->data;

	(void)events;
	if (!port->is_tcp) {
		if (!port->udp)
			port->udp = udp_relay_new(port->holder->connections.loop, port->fd,
						  &port->target, port->target_port);
		udp_relay_receive(port->udp);
		return;
	}
	for (int i = 0; i < 16; i++) {
		int client;

		if (port->holder->connections.count >= CONNECTION_LIMIT) {
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
	holder->connections.loop = loop;
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
	socket_relay_close(&holder->connections);
	for (size_t i = 0; i < holder->count; i++) {
		loop_remove(&holder->ports[i]->source);
		udp_relay_free(holder->ports[i]->udp);
		close(holder->ports[i]->fd);
		free(holder->ports[i]);
	}
	free(holder->ports);
	free(holder);
}
