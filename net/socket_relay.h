/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/socket_relay.h - door: connections that are passed on by copying, both ways, each way closed
 * on its own. No buffers exist while nothing is relayed.
 */
#pragma once

#include <stddef.h>

struct relayed;
struct loop;

struct socket_relay {
	struct loop *loop;
	void (*ended)(void *data); /* a connection; NULL */
	void *data;
	struct relayed *connections; /* private */
	size_t count;
};

/* Takes over two stream sockets that do not block; @target may still be connecting. */
void socket_relay_add(struct socket_relay *relay, int client, int target);
void socket_relay_close(struct socket_relay *relay);
