/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/shortcut.h - door: connections of this machine to its own published ports go straight to the
 * container.
 *
 * The rules translate what is sent to 127.0.0.1:PORT twice, for the container has to answer to the
 * bridge's address. To the container, connections of several addresses of ours so come from one,
 * and when it remembers an old connection of the same source port, whose clock was another one, the
 * new one waits a second. Instead, programs at the root of the cgroup v2 hierarchy give connect(2)
 * the container's address (and getpeername(2) the one that was asked for). They are for TCP to
 * 127.0.0.0/8, ::1 and ::ffff:127.0.0.1, in the host's network namespace alone, by sockets that
 * nobody has bound to an address or interface. For all else, and where the kernel does not let us
 * (no such hierarchy, or before Linux 5.14), the rules are there as ever.
 *
 * The programs follow from the claims as the rules do, under the same lock, and are there while
 * such a port is published; nobody has to hold them.
 */
#pragma once

#include "net/network.h"

struct claims;

/* From one set of claims to another. What cannot be done is left to the rules. Lock held. */
void shortcut_change(const struct net_context *context, const struct claims *before,
		     const struct claims *after);
/* Anew from the claims file, whatever was there. Lock held. */
void shortcut_rebuild(const struct net_context *context);
/* 0 when the kernel would take the programs; @open_cgroups as in struct net_context. */
int shortcut_check(int (*open_cgroups)(struct error *err), struct error *err);
