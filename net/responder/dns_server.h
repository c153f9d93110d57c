/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/responder/dns_server.h - answers a container's questions: over UDP here, over TCP in
 * net/responder/dns_tcp.h.
 */
#pragma once

#include "base/loop.h"
#include "net/dns_upstream.h"
#include "net/responder/dns_answer.h"

struct dns_forwarder;
struct dns_tcp;

struct dns_server {
	struct dns_resolver resolver;	/* filled in by the caller */
	struct dns_upstreams upstreams; /* that too */
	struct loop_source udp;
	struct dns_tcp *tcp;
	struct dns_forwarder *forwarder;
};

/* Takes over the two sockets. The server lives as long as the process. */
int dns_server_start(struct dns_server *server, struct loop *loop, int udp_fd, int tcp_fd,
		     struct error *err);
