/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/netns.h - visits to other network namespaces.
 *
 * The one place in net/ that changes the namespace of the calling process, always for the length
 * of a visit. Sockets made during a visit stay in that namespace. netns_create and netns_open are
 * declared in the door header.
 */
#pragma once

#include "net/network.h"

/* Enters @netns_fd; hands out a descriptor of the namespace to come back to. */
int netns_enter(int netns_fd, int *home_fd, struct error *err);
/* Returns and closes @home_fd. A process that cannot get back ends: it must not go on elsewhere. */
void netns_leave(int home_fd);
/* socket(2) in another namespace; SOCK_CLOEXEC is added. */
int netns_socket(int netns_fd, int family, int type, int protocol, struct error *err);
