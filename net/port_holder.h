/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/port_holder.h - the sockets that hold published ports.
 *
 * The firewall redirects nearly everything before a socket could see it. What is left are packets
 * for ::1, which the kernel does not route to a bridge, and those of a family that the container
 * has no address of: these the container's responder accepts and passes on
 * (net/responder/port_relay.h). All other sockets drop what reaches them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "net/claims.h"

struct held_port {
	int fd;
	bool is_relayed, is_tcp;
	struct cidr target;
	uint16_t target_port;
};

struct port_holder {
	struct held_port *ports;
	size_t count;
};

struct port_holder *port_holder_new(void);
/* Takes over the socket. */
void port_holder_add(struct port_holder *holder, const struct claim *claim, int fd);
/* Is there anything to pass on? NULL holds nothing. */
bool port_holder_relays(const struct port_holder *holder);
void port_holder_free(struct port_holder *holder);
