/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/dns_ask.h - door: what a container is told when it asks for a name.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

struct dns_asked {
	char **addresses; /* of both families; NULL-terminated */
	size_t count;
	int code; /* the worse of the two answers: 0 well, 2 failure, 3 no such name, … */
	int64_t microseconds;
};

/* Asks the responder in that namespace for both kinds of addresses. ETIMEDOUT, ECONNREFUSED: nobody
 * answers there. */
int dns_ask(int netns_fd, const char *name, struct dns_asked *asked, struct arena *arena,
	    struct error *err);
