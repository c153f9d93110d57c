/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/port_socket.h - sockets on the host's addresses that hold a port, and towards containers.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>

#include "net/claims.h"

/* Does the holder of this claim pass on what reaches its socket? */
bool port_socket_is_relayed(const struct claim *claim);
/* Binds (and for TCP listens at) the host's side of a claim. Returns the socket, or -1 with errno
 * (EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, ...). A host_port of 0 becomes what the kernel gave. */
int port_socket_bind(struct claim *claim);
/* A non-blocking socket on its way to a container's address. -1 with errno. */
int port_socket_connect(const struct cidr *target, uint16_t port, int type);
