/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/hosts.h - door: the text of /etc/hosts and /etc/resolv.conf of a container. Pure.
 */
#pragma once

#include "net/network.h"

struct strbuf;

struct hosts_request {
	const char *hostname, *domainname; /* domainname may be NULL */
	const struct endpoint *endpoints;
	size_t endpoint_count;
	bool is_local; /* its own name leads to itself, and loopback has both families, whatever
			* its networks have */
	const char *host_text;	  /* network_mode host: the host's own file; NULL otherwise */
	char **extra_hosts;	  /* "NAME=ADDRESS"; ADDRESS may be "host-gateway" */
	const char *host_gateway; /* what host-gateway means; NULL: the first endpoint's gateway */
};

/* host.docker.internal and host.containers.internal come last, when there is a gateway. */
void hosts_format(struct strbuf *out, const struct hosts_request *request);

/* Takes from @text, which the container may have changed, the lines that @before has and @after has
 * not, and adds those of @after that @before has not. */
void hosts_edit(struct strbuf *text, const char *before, const char *after);

struct resolv_request {
	bool is_embedded;      /* nameserver 127.0.0.11; otherwise @servers or the host's own */
	char **servers;	       /* dns */
	char **search;	       /* dns_search; {"."} for none; NULL: the host's */
	char **options;	       /* dns_opt; NULL: the host's */
	const char *host_text; /* the host's resolv.conf */
};

void hosts_format_resolv(struct strbuf *out, const struct resolv_request *request);
