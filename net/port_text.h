/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/port_text.h - door: "[[IP:]HOST:]CONTAINER[/PROTOCOL]", as people write published ports.
 *
 * Pure. Both ports may be ranges; an IPv6 address may stand in brackets.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;
struct port_request;

struct port_range {
	unsigned first, last;
};

struct port_text {
	const char *host_ip; /* NULL: none was given */
	bool has_host;
	struct port_range host;	  /* 0, 0: any free one */
	struct port_range target; /* of the container */
	const char *protocol;	  /* lower case; NULL: none was given */
};

/* ERROR_INVALID. A host range beside several container ports is as long as theirs. */
int port_text_parse(struct port_text *port, const char *text, struct arena *arena,
		    struct error *err);
/* The host's port of the container's @index-th: {0, 0} for any; more than one: any of these. */
struct port_range port_text_host(const struct port_text *port, unsigned index);
/* tcp, udp, sctp, or none given. */
bool port_text_is_protocol(const char *protocol);
/* Adds what the text publishes. */
int port_text_add(struct port_request **ports, size_t *count, const char *text, struct arena *arena,
		  struct error *err);
