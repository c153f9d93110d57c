/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/responder/dns_forward.h - questions over UDP that somebody else has to answer.
 *
 * Every question gets a random id and, as long as few are under way, a socket (and so a source
 * port) of its own; only an answer from the asked address with this id and the same question is
 * believed. A second server is asked when the first is slow or fails. The timer runs only while
 * questions are under way.
 */
#pragma once

#include "net/dns_message.h"
#include "net/dns_upstream.h"

struct loop;
struct dns_forwarder;

/* @reply_fd: the socket that clients asked at; not owned, as @upstreams. */
struct dns_forwarder *dns_forward_new(struct loop *loop, struct dns_upstreams *upstreams,
				      int reply_fd, struct error *err);
void dns_forward_free(struct dns_forwarder *forwarder);
/* Answers the client now or later. */
void dns_forward(struct dns_forwarder *forwarder, const uint8_t *query, size_t size,
		 const struct dns_question *question, const struct sockaddr_in *client);
