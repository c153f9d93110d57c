/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/port_relay.h - the sockets that hold published ports, and the relay behind some of them.
 *
 * The firewall redirects nearly everything before a socket could see it. What is left are packets
 * for ::1, which the kernel does not route to a bridge, and those of a family that the container
 * has no address of: these the holder accepts and passes on by copying. All other sockets drop
 * what reaches them. No timers and no buffers exist while nothing is relayed.
 */
#pragma once

#include <stdbool.h>

#include "net/claims.h"

struct loop;
struct port_holder;

struct port_holder *port_relay_new(void);
/* Takes over the socket. */
void port_relay_add(struct port_holder *holder, const struct claim *claim, int fd);
bool port_relay_is_empty(const struct port_holder *holder);
/* Starts accepting in @loop. */
int port_relay_start(struct port_holder *holder, struct loop *loop, struct error *err);
void port_relay_free(struct port_holder *holder);
