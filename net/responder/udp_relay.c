/* SPDX-License-Identifier: Apache-2.0 */
#include "net/responder/udp_relay.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/loop.h"
#include "base/units.h"
#include "net/port_socket.h"

#define FLOW_LIMIT   256
#define QUIET_NS     MINUTE
#define BATCH	     64
#define PACKET_LIMIT 65536

struct flow {
	struct udp_relay *relay;
	struct sockaddr_storage client;
	socklen_t client_size;
	struct loop_source source; /* the socket towards the container */
	int64_t last_ns;
};

struct udp_relay {
	struct loop *loop;
	struct loop_source timer;
	struct flow *flows[FLOW_LIMIT];
	size_t count;
	int fd;
	struct cidr target;
	uint16_t target_port;
	char packet[PACKET_LIMIT];
};

static void end_flow(struct udp_relay *relay, size_t index)
{
	struct flow *flow = relay->flows[index];

	loop_remove(&flow->source);
	close(flow->source.fd);
	free(flow);
	relay->flows[index] = relay->flows[--relay->count];
}

static void handle_timer(struct loop_source *source, uint32_t events)
{
	struct udp_relay *relay = source->data;
	int64_t now = units_monotonic_ns();

	(void)events;
	loop_timer_read(source);
	for (size_t i = relay->count; i-- > 0;)
		if (now - relay->flows[i]->last_ns > QUIET_NS)
			end_flow(relay, i);
	if (relay->count == 0)
		loop_timer_set(&relay->timer, 0, 0);
}

struct udp_relay *udp_relay_new(struct loop *loop, int fd, const struct cidr *target,
				uint16_t target_port)
{
	struct udp_relay *relay = alloc_zeroed(1, sizeof(*relay));

	relay->loop = loop;
	relay->fd = fd;
	relay->target = *target;
	relay->target_port = target_port;
	relay->timer.handler = handle_timer;
	relay->timer.data = relay;
	loop_timer_create(loop, &relay->timer, NULL);
	return relay;
}

static void handle_answer(struct loop_source *source, uint32_t events)
{
	struct flow *flow = source->data;
	struct udp_relay *relay = flow->relay;

	(void)events;
	flow->last_ns = units_monotonic_ns();
	for (int i = 0; i < BATCH; i++) {
		ssize_t n = recv(source->fd, relay->packet, sizeof(relay->packet), 0);

		if (n < 0)
			return;
		sendto(relay->fd, relay->packet, (size_t)n, MSG_NOSIGNAL,
		       (struct sockaddr *)&flow->client, flow->client_size);
	}
}

static struct flow *find_flow(struct udp_relay *relay, const struct sockaddr_storage *client,
			      socklen_t size)
{
	for (size_t i = 0; i < relay->count; i++)
		if (relay->flows[i]->client_size == size &&
		    memcmp(&relay->flows[i]->client, client, size) == 0)
			return relay->flows[i];
	return NULL;
}

static size_t find_oldest(const struct udp_relay *relay)
{
	size_t oldest = 0;

	for (size_t i = 1; i < relay->count; i++)
		if (relay->flows[i]->last_ns < relay->flows[oldest]->last_ns)
			oldest = i;
	return oldest;
}

static struct flow *start_flow(struct udp_relay *relay, const struct sockaddr_storage *client,
			       socklen_t size)
{
	int fd = port_socket_connect(&relay->target, relay->target_port, SOCK_DGRAM);
	struct flow *flow;

	if (fd < 0)
		return NULL;
	if (relay->count == FLOW_LIMIT)
		end_flow(relay, find_oldest(relay));
	flow = alloc_zeroed(1, sizeof(*flow));
	flow->relay = relay;
	memcpy(&flow->client, client, size);
	flow->client_size = size;
	flow->source.handler = handle_answer;
	flow->source.data = flow;
	if (loop_add(relay->loop, &flow->source, fd, EPOLLIN, NULL) < 0) {
		close(fd);
		free(flow);
		return NULL;
	}
	if (relay->count == 0)
		loop_timer_set(&relay->timer, QUIET_NS, QUIET_NS);
	relay->flows[relay->count++] = flow;
	return flow;
}

void udp_relay_receive(struct udp_relay *relay)
{
	for (int i = 0; i < BATCH; i++) {
		struct sockaddr_storage client = {0};
		socklen_t size = sizeof(client);
		ssize_t n = recvfrom(relay->fd, relay->packet, sizeof(relay->packet), 0,
				     (struct sockaddr *)&client, &size);
		struct flow *flow;

		if (n < 0)
			return;
		flow = find_flow(relay, &client, size);
		if (!flow)
			flow = start_flow(relay, &client, size);
		if (!flow)
			continue;
		flow->last_ns = units_monotonic_ns();
		send(flow->source.fd, relay->packet, (size_t)n, MSG_NOSIGNAL);
	}
}

void udp_relay_free(struct udp_relay *relay)
{
	if (!relay)
		return;
	while (relay->count > 0)
		end_flow(relay, relay->count - 1);
	loop_timer_release(&relay->timer);
	free(relay);
}
