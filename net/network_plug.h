/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/network_plug.h - the part of an attachment that is in the kernel.
 */
#pragma once

#include "net/netlink.h"
#include "net/network.h"

/* Everything about one attachment while it is being made. */
struct attachment {
	const struct attach_request *request;
	struct network *networks;
	struct endpoint *endpoints;
	struct arena *arena;
	struct netlink host;
};

/* Runs inside the container's namespace; attachment->host was opened outside. Makes and configures
 * all endpoints but those that are there already, whose default route alone may change. */
int network_plug(struct attachment *attachment, struct error *err);
