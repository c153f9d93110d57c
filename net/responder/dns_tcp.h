/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/responder/dns_tcp.h - questions over TCP (RFC 7766).
 *
 * One question at a time per connection. Every connection has a deadline that bytes alone do not
 * move, and there is a limit to their number: a client that sends nothing, or half a question,
 * hurts only itself.
 */
#pragma once

#include "net/dns_upstream.h"
#include "net/responder/dns_answer.h"

struct loop;
struct dns_tcp;

/* Takes over the listening socket. @resolver and @upstreams are not owned. */
struct dns_tcp *dns_tcp_new(struct loop *loop, int listen_fd, struct dns_resolver *resolver,
			    struct dns_upstreams *upstreams, struct error *err);
void dns_tcp_free(struct dns_tcp *tcp);
