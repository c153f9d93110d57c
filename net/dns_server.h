/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/dns_server.h - door: the responder at 127.0.0.11 of one container, run by its monitor.
 *
 * The sockets live in the container's network namespace on another port; four stateless rewrite
 * rules there bring 127.0.0.11:53 to them, so that the container may bind 0.0.0.0:53 itself.
 * Forwarding to the host's resolvers happens from the host's namespace, to the container's own
 * `dns:` servers from the container's. No wakeups when idle.
 */
#pragma once

#include "net/network.h"

struct loop;
struct dns_server;

struct dns_request {
	const char *container_id, *project;
	int netns_fd;
	char **networks;  /* in lookup order; NULL-terminated */
	bool is_isolated; /* only internal networks: never forward through the host */
	char **servers;	  /* the service's `dns:`; NULL: the host's resolvers */
	char **links;	  /* "ALIAS=TARGETNAME" names only this container sees; may be NULL */
};

int dns_server_open(struct dns_server **server, const struct net_context *context,
		    const struct dns_request *request, struct loop *loop, struct error *err);
void dns_server_close(struct dns_server *server);
