/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/netns.h - visits to other network namespaces.
 *
 * The one place in net/ that changes a process's namespace. A visit is a function that a child runs
 * in the other namespace, with the caller's memory and descriptors, while the caller waits: there
 * is no way back that could fail. Sockets made during a visit stay in that namespace; processes are
 * not to be started in one, they would be the child's. netns_create and netns_open are declared in
 * the door header.
 */
#pragma once

#include "net/network.h"

typedef int netns_work(void *data, struct error *err);

/* Returns what @work returns (-1: an error), or -1. Signals wait meanwhile. */
int netns_visit(int netns_fd, netns_work *work, void *data, struct error *err);
/* The calling process, for good. */
int netns_move(int netns_fd, struct error *err);
/* socket(2) in another namespace; SOCK_CLOEXEC is added. */
int netns_socket(int netns_fd, int family, int type, int protocol, struct error *err);
