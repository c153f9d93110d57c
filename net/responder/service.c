/* SPDX-License-Identifier: Apache-2.0 */
#include "net/responder/service.h"

#include <poll.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "net/responder/supply.h"
#include "net/responder_wire.h"

static void take(struct service *service, const struct responder_message *message,
		 const int fds[RESPONDER_FD_LIMIT])
{
	switch (message->kind) {
	case RESPONDER_QUESTIONS:
		service->udp_fd = fds[0];
		service->tcp_fd = fds[1];
		service->project = *message->text ? alloc_string(message->text) : NULL;
		break;
	case RESPONDER_NETWORK:
		strvec_add(&service->networks, message->text);
		break;
	case RESPONDER_LINK:
		strvec_add(&service->links, message->text);
		break;
	case RESPONDER_SERVERS:
		service->dns.upstreams = message->upstreams;
		break;
	case RESPONDER_RELAY:
		port_relay_add(&service->relay, fds[0], message);
		break;
	default:
		break;
	}
}

int service_receive(struct service *service, struct error *err)
{
	struct responder_message message = {.kind = RESPONDER_FAILED};
	int fds[RESPONDER_FD_LIMIT];

	while (message.kind != RESPONDER_BEGIN) {
		struct pollfd poll_fd = {.fd = RESPONDER_FD, .events = POLLIN};
		int rc = poll(&poll_fd, 1, -1) < 0
				 ? 0
				 : responder_wire_receive(RESPONDER_FD, &message, fds);

		if (rc < 0)
			return error_set(err, ERROR_INVALID, "nobody says what is to be done");
		if (rc > 0)
			take(service, &message, fds);
	}
	return 0;
}

static bool find_table(void *data, int *fd)
{
	return supply_table((size_t)data, fd);
}

int service_start(struct service *service, struct loop *loop, struct error *err)
{
	struct dns_resolver *resolver = &service->dns.resolver;

	resolver->count = service->networks.count;
	resolver->views = alloc_zeroed(resolver->count + 1, sizeof(*resolver->views));
	for (size_t i = 0; i < resolver->count; i++)
		resolver->views[i] = (struct dns_view){
			.network = service->networks.items[i],
			.find_table = find_table,
			.data = (void *)i, /* NOLINT: a number, not an address */
		};
	resolver->project = service->project;
	resolver->links = service->links.items;
	if (dns_server_start(&service->dns, loop, service->udp_fd, service->tcp_fd, err) < 0 ||
	    port_relay_start(&service->relay, loop, err) < 0)
		return -1;
	return supply_watch(loop, err);
}
