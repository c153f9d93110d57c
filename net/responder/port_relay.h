/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/responder/port_relay.h - passes on, by copying, what comes to the sockets of held ports
 * (net/port_holder.h). No timers and no buffers exist while nothing is relayed.
 */
#pragma once

#include <stdbool.h>

#include "net/socket_relay.h"

struct error;
struct held_socket;
struct loop;
struct responder_message;

struct port_relay {
	struct held_socket **sockets;
	size_t count;
	struct socket_relay connections;
	bool is_paused; /* at the limit */
};

/* Takes over a socket that listens, and remembers where @message says that it leads to. */
void port_relay_add(struct port_relay *relay, int fd, const struct responder_message *message);
/* Starts accepting in @loop. */
int port_relay_start(struct port_relay *relay, struct loop *loop, struct error *err);
