/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/explain/listeners.h - the sockets of a network namespace that wait for somebody.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct arena;

struct listener {
	const char *protocol; /* "tcp", "udp" */
	unsigned port;
	bool is_loopback; /* bound to an address that only the container itself reaches */
};

struct listeners {
	struct listener *items;
	size_t count;
	struct arena *arena;
};

/* Of the namespace of @pid, as /proc tells; without those of the responder at 127.0.0.11. */
void listeners_read(struct listeners *listeners, pid_t pid, struct arena *arena);
/* Pure: one table of /proc/PID/net. */
void listeners_parse(struct listeners *listeners, const char *protocol, const char *text);
/* NULL: nobody waits there. One that everybody reaches rather than another. */
const struct listener *listeners_find(const struct listeners *listeners, const char *protocol,
				      unsigned port);
