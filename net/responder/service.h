/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/responder/service.h - everything that one responder does: told by its monitor, then done.
 */
#pragma once

#include "base/strvec.h"
#include "net/responder/dns_server.h"
#include "net/responder/port_relay.h"

struct loop;

struct service {
	struct dns_server dns;
	struct port_relay relay;
	struct strvec networks, links;
	char *project;
	int udp_fd, tcp_fd;
};

/* Takes what the monitor says in the beginning. */
int service_receive(struct service *service, struct error *err);
int service_start(struct service *service, struct loop *loop, struct error *err);
