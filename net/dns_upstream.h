/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/dns_upstream.h - the resolvers that questions are forwarded to.
 *
 * The host's own come from its resolv.conf, looked at again when there are questions to forward (a
 * stat, no watching), and are asked from the host's namespace. A service's `dns:` servers are asked
 * from the container's.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct error;

#define DNS_UPSTREAM_LIMIT 3

union dns_address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
};

struct dns_upstreams {
	union dns_address servers[DNS_UPSTREAM_LIMIT];
	size_t count;
	bool is_fixed;	/* dns: servers */
	bool is_denied; /* nobody may be asked */
};

/* @servers NULL or empty: the host's. */
void dns_upstream_init(struct dns_upstreams *upstreams, char *const *servers, bool is_isolated);
/* Reads the host's list again if the file is another than the one @seen. */
void dns_upstream_refresh(struct dns_upstreams *upstreams, struct stat *seen);
/* A non-blocking socket connected (or, for SOCK_STREAM, connecting) to server @index; -1. */
int dns_upstream_connect(const struct dns_upstreams *upstreams, size_t index, int type);
