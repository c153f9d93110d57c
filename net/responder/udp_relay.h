/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/responder/udp_relay.h - datagrams of a held port, passed on by copying.
 *
 * Every client has a socket of its own towards the container, so that answers find back. A flow
 * ends when it has been quiet; the timer runs only while there are flows.
 */
#pragma once

#include "net/cidr.h"

struct loop;
struct udp_relay;

/* @fd is not owned. */
struct udp_relay *udp_relay_new(struct loop *loop, int fd, const struct cidr *target,
				uint16_t target_port);
/* Passes on what waits at the held socket. */
void udp_relay_receive(struct udp_relay *relay);
void udp_relay_free(struct udp_relay *relay);
